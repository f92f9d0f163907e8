import { stat } from 'node:fs/promises';
import type { Abilities } from '../../contracts/abilities.js';
import { ConfigurationError } from '../../contracts/errors.js';
import type { TablesStanding } from '../../contracts/tables-standing.js';
import type { Database } from '../../store/database.js';
import { JobProbes } from '../../store/job-probes.js';
import { readMysqlAddress } from '../../store/mysql-address.js';
import { openDatabase } from '../../store/open-database.js';
import { examineDisk } from './examine-files.js';
import { examineJobs } from './examine-jobs.js';
import { examineServer } from './examine-server.js';
import { examineSqlite } from './examine-sqlite.js';
import { type Finding, misconfigured } from './finding.js';
import { judgeMissingFile, judgeReached, judgeUnreached } from './judge-reach.js';
import { judgeMigrations } from './judge-tables.js';
import { LOOK_MS, look } from './look.js';

const SQLITE = 'sqlite:';
/** For ourselves: a few looks go on at once. */
const CONNECTIONS = 5;

export interface DatabasePatient {
  readonly url: string;
  /** Connections that a worker uses at most. */
  readonly pool: number;
  readonly tables: (database: Database) => Promise<TablesStanding>;
}

/** Everything about the database; what rests on an answer is left out when there is none. */
export async function examineDatabase(
  patient: DatabasePatient,
  types: () => Promise<readonly string[] | undefined>,
  abilities: () => Promise<Abilities | undefined>,
): Promise<readonly Finding[]> {
  const path = patient.url.startsWith(SQLITE) ? patient.url.slice(SQLITE.length) : undefined;
  if (path === undefined || path === ':memory:') return examineOpened(patient, path, types, abilities);
  const disk = await examineDisk('database', path);
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return [...(isThere ? await examineOpened(patient, path, types, abilities) : [judgeMissingFile(path)]), ...disk];
}

async function examineOpened(
  { url, pool, tables }: DatabasePatient,
  path: string | undefined,
  types: () => Promise<readonly string[] | undefined>,
  abilities: () => Promise<Abilities | undefined>,
): Promise<readonly Finding[]> {
  let database: Database;
  try {
    database = (await openDatabase({ url, pool: CONNECTIONS })).within(LOOK_MS);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults.map((fault) => misconfigured('database', fault, 'Mend it, and run doctor again.'));
  }
  try {
    const reached = await reach(database, path ?? nameOf(url));
    if (reached.outcome === 'failure') return [reached];
    const migrations = await look('migrations', async () => judgeMigrations(await tables(database)));
    const hasTables = await new JobProbes(database).haveTable();
    return [
      reached,
      ...(path === undefined ? await examineServer(database, pool, hasTables) : await examineSqlite(database, path)),
      ...migrations,
      ...(hasTables ? await examineJobs(database, await types(), await abilities()) : []),
    ];
  } finally {
    await database.close();
  }
}

/** How long one answer takes, once there is a connection. */
async function reach(database: Database, where: string): Promise<Finding> {
  try {
    await database.rows('SELECT 1', []);
    const askedAt = performance.now();
    await database.rows('SELECT 1', []);
    return judgeReached(where, performance.now() - askedAt);
  } catch (error) {
    return judgeUnreached(where, error);
  }
}

/** Without user and password. */
function nameOf(url: string): string {
  const { host, port, database } = readMysqlAddress(url);
  return `${database} at ${host}:${port}`;
}

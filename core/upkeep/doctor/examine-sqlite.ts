import { stat } from 'node:fs/promises';
import type { Database } from '../../store/database.js';
import { SqliteProbes } from '../../store/sqlite-probes.js';
import { type Finding, failure, ok } from './finding.js';
import { judgeUnreached } from './judge-reach.js';
import { judgeIntegrity, judgeJournal, judgeSqliteVersion } from './judge-sqlite.js';
import { look } from './look.js';

/** About half a second of reading, in which this process does nothing else. */
const MOST_CHECKED_BYTES = 128 * 1024 ** 2;

/** An embedded database and its file; one after the other, as there is one connection. */
export async function examineSqlite(database: Database, path: string): Promise<readonly Finding[]> {
  const probes = new SqliteProbes(database);
  return [
    await look('version', async () => judgeSqliteVersion(await probes.version())),
    await look('journal', async () => judgeJournal(await probes.journalMode())),
    await look('writable', () => examineWrites(probes, path)),
    await look('integrity', () => examineIntegrity(probes, path)),
  ].flat();
}

async function examineWrites(probes: SqliteProbes, path: string): Promise<Finding> {
  try {
    await probes.takeWriteLock();
    return ok('writable', 'The file takes writes.');
  } catch (error) {
    const { found, remedy = '' } = judgeUnreached(path, error);
    return failure('writable', found, remedy);
  }
}

async function examineIntegrity(probes: SqliteProbes, path: string): Promise<Finding> {
  const bytes = path === ':memory:' ? 0 : (await stat(path)).size;
  return judgeIntegrity(bytes > MOST_CHECKED_BYTES ? undefined : await probes.quickCheck(), bytes);
}

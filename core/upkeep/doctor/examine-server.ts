import type { Database } from '../../store/database.js';
import { databaseTime } from '../../store/database-time.js';
import { ServerProbes, type ServerVariables } from '../../store/server-probes.js';
import { isDenied, isWrongServer } from '../../store/transient.js';
import { type Finding, failure } from './finding.js';
import { judgeClock } from './judge-clock.js';
import { judgeEngine, judgeTrial } from './judge-engine.js';
import { judgeConnections, judgePacket, judgeTransactions, judgeWritable } from './judge-server.js';
import { judgeCharset, judgeEngines } from './judge-tables.js';
import { look } from './look.js';

const LONG_S = 60;

/** A MySQL or MariaDB server, our session on it, and our tables there. */
export async function examineServer(database: Database, pool: number, hasTables: boolean): Promise<readonly Finding[]> {
  const probes = new ServerProbes(database);
  let variables: ServerVariables | undefined;
  const said = await look('server', async () => {
    variables = await probes.variables();
    return [...judgeEngine(variables), judgePacket(variables)];
  });
  // A server that does not tell its variables lets nothing else be judged.
  if (!variables) return said;
  const known = variables;
  const asked = await Promise.all([
    look('writable', () => examineWrites(probes, known, hasTables)),
    ...(hasTables ? examineTables(probes) : []),
    look('connections', async () => judgeConnections(known, await probes.connections(), pool)),
    look('open transactions', async () => judgeTransactions(await probes.transactionsOlderThan(LONG_S))),
    look('clock', () => examineClock(database)),
  ]);
  return [said, ...asked].flat();
}

async function examineWrites(
  probes: ServerProbes,
  variables: ServerVariables,
  hasTables: boolean,
): Promise<readonly Finding[]> {
  if (!hasTables) return [judgeWritable(variables, undefined)];
  try {
    return [...judgeTrial(await probes.tryWrites()), judgeWritable(variables, false)];
  } catch (error) {
    if (isWrongServer(error)) return [judgeWritable(variables, true)];
    if (!isDenied(error)) throw error;
    const remedy = 'Give it its rights: GRANT SELECT, INSERT, UPDATE, DELETE on the database.';
    return [failure('writable', 'The database user may not write into our tables.', remedy)];
  }
}

function examineTables(probes: ServerProbes): readonly Promise<readonly Finding[]>[] {
  return [
    look('table engine', async () => judgeEngines(await probes.foreignEngines())),
    look('character set', async () => judgeCharset(await probes.narrowColumns())),
  ];
}

/** Half of the way there and back is taken off. */
async function examineClock(database: Database): Promise<Finding> {
  const before = Date.now();
  const there = await databaseTime(database);
  return judgeClock(there, new Date((before + Date.now()) / 2));
}

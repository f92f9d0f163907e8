import { createConnection } from 'mysql2/promise';
import { startThrowAwayServer } from '../test/support/mariadb.js';
import { type Apart, apart } from './engine/apart.js';
import type { BullMq } from './engine/bullmq.js';
import { ClaimTable } from './engine/claims.js';
import type { Contender } from './engine/contender.js';
import { Figures, median } from './engine/figures.js';
import type { Graphile } from './engine/graphile.js';
import { Ours } from './engine/ours.js';
import type { Raw } from './engine/raw.js';
import { type PeerServer, startPostgres, startRedis } from './engine/servers.js';

/** Short rounds are many: what else runs on the machine moves each of them by a third. */
const ROUNDS = { short: 7, claims: 3 };
/**
 * Of each contender the first rounds are not counted: code that has not been compiled yet is nobody's speed, and a
 * worker that lives for weeks is compiled after three.
 */
const WARM_UPS = 3;
/** graphile-worker has a commit per job: a tenth is enough to tell its speed. */
const JOBS = 10_000;
const FEWER: Readonly<Record<string, number>> = { 'graphile-worker': 1000 };
const AT_ONCE = 50;
const SLICES = 3000;
/** Jobs that come and go while a snapshot is forgotten. */
const CHURN = 100_000;

/** What is open, to be closed last first, whatever happens. */
const open: { close(): Promise<void> }[] = [];

function opened<T extends { close(): Promise<void> }>(one: T): T {
  open.push(one);
  return one;
}

/** The engine beside what its table allows and what others do: ratios of one run, on servers of this run only. */
export async function run(): Promise<void> {
  try {
    const server = await startThrowAwayServer();
    opened({ close: () => server.stop() });
    await describe(server.url);
    const kept = [await queues(server.url), !isWanted('claims') || (await claims(server.url))];
    if (kept.includes(false)) process.exitCode = 1;
  } finally {
    for (const one of open.reverse()) await one.close();
  }
}

async function queues(serverUrl: string): Promise<boolean> {
  const database = await create(serverUrl, 'pm_bench');
  const ours = opened(await apart<Ours>('ours', database));
  const raw = opened(await apart<Raw>('raw', database));
  const peers: Contender[] = [];
  const redis = await orSkipped('BullMQ', startRedis);
  if (redis) peers.push(opened(await apart<BullMq>('bullmq', `${redis.port}`)));
  const postgres = await orSkipped('graphile-worker', startPostgres);
  if (postgres) peers.push(opened(await apart<Graphile>('graphile', `${postgres.port}`)));
  let isKept = true;
  for (const [part, measure] of Object.entries({ push: pushes, list: lists, jobs, slices })) {
    if (isWanted(part)) isKept = (await measure(ours, raw, peers, database)) && isKept;
  }
  return isKept;
}

/** `npm run bench -- engine push jobs`: only these parts. */
function isWanted(part: string): boolean {
  const wanted = process.argv.slice(3);
  return wanted.length === 0 || wanted.includes(part);
}

/** What the machine lacks is left out. */
async function orSkipped(name: string, start: () => Promise<PeerServer>): Promise<PeerServer | undefined> {
  try {
    return opened(await start());
  } catch (error) {
    console.log(`${name} is left out: ${(error as Error).message}.`);
    return undefined;
  }
}

/** With the memory of an ordinary server; commits are flushed. */
async function describe(serverUrl: string): Promise<void> {
  const connection = await createConnection(serverUrl);
  await connection.query('SET GLOBAL innodb_buffer_pool_size = 2 * 1024 * 1024 * 1024');
  await connection.query('SET GLOBAL innodb_log_file_size = 1024 * 1024 * 1024');
  const [[settings]] = (await connection.query(
    'SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS flushed, @@log_bin AS binlog',
  )) as never as [[Readonly<Record<string, unknown>>]];
  console.log(
    `MariaDB ${settings.version}, innodb_flush_log_at_trx_commit=${settings.flushed}, log_bin=${settings.binlog}; Node ${process.version}; ${ROUNDS.short} rounds, ${ROUNDS.claims} of claims, in turn, after ${WARM_UPS} that do not count`,
  );
  await connection.end();
}

/** A database of its own; gives its address. */
async function create(serverUrl: string, name: string): Promise<string> {
  const connection = await createConnection(serverUrl);
  await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  await connection.end();
  return new URL(`/${name}`, serverUrl).href;
}

/** Each round begins with the next of them: what one leaves its server to do is not always the same one's burden. */
const inTurn = async (
  contenders: readonly Contender[],
  figures: Figures,
  measure: (one: Contender) => Promise<number>,
) => {
  await inRounds(figures, async (add, round) => {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      await contender.empty();
      add(contender.name, await measure(contender));
    }
  });
};

/** Prints what the rounds that count add. */
async function inRounds(
  figures: Figures,
  measure: (add: (name: string, figure: number) => void, round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < WARM_UPS + ROUNDS.short; round++) {
    await measure((name, figure) => {
      if (round >= WARM_UPS) figures.add(name, figure);
    }, round);
  }
  figures.print();
}

const perSecond = (count: number, milliseconds: number) => (count / milliseconds) * 1000;

async function pushes(ours: Apart<Ours>, raw: Apart<Raw>, peers: readonly Contender[]): Promise<boolean> {
  const figures = new Figures(`1. push, ${AT_ONCE} callers`, 'jobs per second');
  await inTurn([ours, raw, ...peers], figures, async (one) => {
    const count = FEWER[one.name] ?? JOBS;
    return perSecond(count, await one.push(count, AT_ONCE));
  });
  return figures.promise('ours', 'BullMQ', 'at least', 1);
}

async function lists(ours: Apart<Ours>, raw: Apart<Raw>): Promise<boolean> {
  const figures = new Figures('2. pushMany of 1,000', 'jobs per second');
  await inRounds(figures, async (add) => {
    await ours.empty();
    add('ours', perSecond(JOBS, await ours.pushMany(JOBS)));
    await raw.empty();
    add('raw multi-row INSERT', perSecond(JOBS, await raw.fill(JOBS)));
  });
  return figures.promise('ours', 'raw multi-row INSERT', 'at least', 0.7);
}

async function jobs(ours: Apart<Ours>, raw: Apart<Raw>, peers: readonly Contender[]): Promise<boolean> {
  const figures = new Figures(`3. jobs that do nothing, ${AT_ONCE} at once`, 'jobs per second');
  await inTurn([ours, raw, ...peers], figures, async (one) => {
    const count = FEWER[one.name] ?? JOBS;
    await one.fill(count);
    return perSecond(count, await one.execute(count, AT_ONCE));
  });
  const beside = figures.promise('ours', 'BullMQ', 'at least', 1);
  return figures.promise('ours', 'raw mysql2', 'at least', 0.5) && beside;
}

async function slices(
  ours: Apart<Ours>,
  raw: Apart<Raw>,
  _peers: readonly Contender[],
  databaseUrl: string,
): Promise<boolean> {
  const connection = await createConnection(databaseUrl);
  await connection.query('CREATE TABLE bench_note (number BIGINT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(100))');
  await connection.end();
  const figures = new Figures('4. slices of one job', 'ms each');
  await inRounds(figures, async (add) => {
    await ours.empty();
    add('slice', await ours.slices('counting', SLICES));
    add('raw guarded UPDATE', await raw.updates(SLICES));
    await ours.empty();
    add('slice with write', await ours.slices('writing', SLICES));
    add('raw transaction', await raw.transactions(SLICES));
  });
  const without = figures.promise('slice', 'raw guarded UPDATE', 'at most', 1.5);
  return figures.promise('slice with write', 'raw transaction', 'at most', 1.5) && without;
}

/**
 * Each in a table of its own, measured in turn; the snapshot before and after, because it concerns the whole server. All
 * are ours, so that they need no processes of their own.
 */
async function claims(serverUrl: string): Promise<boolean> {
  const table = async (name: string) => {
    const database = await create(serverUrl, name);
    return opened(await ClaimTable.open(await Ours.open(database), database));
  };
  const tables = {
    '1,000 rows': await table('pm_small'),
    '1,000,000 rows': await table('pm_large'),
    'and 30,000 of an unknown type': await table('pm_unknown'),
  };
  const [small, large, unknown] = Object.values(tables) as [ClaimTable, ClaimTable, ClaimTable];
  await small.fill('noop', 1000);
  await large.fill('noop', 500_000, 500_000);
  await unknown.fill('noop', 1000);
  await unknown.fill('unknown', 30_000);
  const figures = new Figures('5. a claim of 10 jobs', 'ms');
  await small.purged();
  for (let round = 0; round < ROUNDS.claims; round++) {
    for (const [name, one] of Object.entries(tables)) figures.add(name, median(await one.claims(25)));
  }
  const churned = await table('pm_churned');
  await churned.fill('noop', 20_000);
  for (let round = 0; round < ROUNDS.claims; round++) {
    await churned.churn(CHURN);
    await churned.purged();
    figures.add('after much churn', median(await churned.claims(25)));
    const forget = await churned.forgottenSnapshot();
    await churned.churn(CHURN);
    figures.add('with a forgotten snapshot', median(await churned.claims(25)));
    await forget();
    await churned.purged();
  }
  figures.print();
  const kept = [
    figures.promise('1,000,000 rows', '1,000 rows', 'at most', 1.3),
    figures.promise('and 30,000 of an unknown type', '1,000 rows', 'at most', 1.3),
    figures.promise('with a forgotten snapshot', 'after much churn', 'at most', 2),
  ];
  return !kept.includes(false);
}

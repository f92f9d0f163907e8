import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, boot, jsonLogger } from 'progress-manager';
import { tables } from '../config/tables.js';
import { startTestServer } from '../test/support/mariadb.js';
import { writePlaces } from './places.js';
import { plainImport } from './plain-import.js';

const ROUNDS = 5;

/** The import of 171,075 places as a job, beside the same import as a plain script: ratio per round, median of five. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'progress-manager-bench-'));
  try {
    const csv = join(folder, 'places.csv');
    const { rows } = await writePlaces(csv);
    console.log(`${rows} rows, ${ROUNDS} rounds, job and script in turn`);
    await compare('SQLite', `sqlite:${join(folder, 'bench.sqlite')}`, folder, csv, rows);
    const server = await startTestServer();
    try {
      await compare('MariaDB, durable', await freshDatabase(server.url), folder, csv, rows);
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function freshDatabase(serverUrl: string): Promise<string> {
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection(serverUrl);
  await connection.query('CREATE DATABASE IF NOT EXISTS pm_bench CHARACTER SET utf8mb4');
  await connection.end();
  const url = new URL(serverUrl);
  url.pathname = '/pm_bench';
  return url.href;
}

async function compare(
  database: string,
  databaseUrl: string,
  folder: string,
  csv: string,
  rows: number,
): Promise<void> {
  await using app = await boot({
    root: new URL('..', import.meta.url),
    databaseUrl,
    tables,
    migrate: true,
    filesDir: join(folder, 'files'),
    logger: jsonLogger('warn'),
  });
  const ratios: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    // Who goes first changes, so that neither always finds the caches warm.
    const [first, second] = round % 2 === 1 ? [asScript, asJob] : [asJob, asScript];
    const times = new Map([
      [first, await first(app, csv, rows)] as const,
      [second, await second(app, csv, rows)] as const,
    ]);
    const [script, job] = [times.get(asScript) ?? 0, times.get(asJob) ?? 0];
    ratios.push(job / script);
    console.log(
      `${database}, round ${round}: script ${script.toFixed(0)} ms, job ${job.toFixed(0)} ms, ratio ${(job / script).toFixed(3)}`,
    );
  }
  const sorted = ratios.sort((a, b) => a - b);
  const [least, median, most] = [sorted[0], sorted[Math.floor(ROUNDS / 2)], sorted[ROUNDS - 1]].map((ratio) =>
    ratio?.toFixed(3),
  );
  console.log(`${database}: the job takes ${median} times the script (${least}–${most}); at most 1.25 is promised\n`);
}

async function asScript(app: App, csv: string, rows: number): Promise<number> {
  const knex = app.container.get('knex');
  await knex('place').truncate();
  const since = performance.now();
  await plainImport(knex, csv);
  const took = performance.now() - since;
  await checkCount(app, rows);
  return took;
}

/** From the moment a worker may begin to the answer of wait; the upload is not part of the import. */
async function asJob(app: App, csv: string, rows: number): Promise<number> {
  await app.container.get('knex')('place').truncate();
  const progressManager = app.container.get('progressManager');
  const { id } = await progressManager.push(
    'Import of places',
    'import',
    { table: 'place' },
    { files: [{ path: csv }] },
  );
  const since = performance.now();
  await app.start();
  const job = await progressManager.wait(id);
  const took = performance.now() - since;
  await app.stop();
  if (job.status !== 'success') throw new Error(`The import ended in ${job.status}: ${job.error?.message}`);
  await checkCount(app, rows);
  return took;
}

async function checkCount(app: App, rows: number): Promise<void> {
  const [row] = await app.container.get('knex')('place').count<{ rows: number }[]>('* as rows');
  if (row?.rows !== rows) throw new Error(`The table has ${row?.rows} rows instead of ${rows}.`);
}

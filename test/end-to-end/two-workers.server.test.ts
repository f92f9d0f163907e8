import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tables } from '../../config/tables.js';
import { writePlaces } from '../../examples/demo/places-csv.js';
import { bootForTests } from '../support/boot-for-tests.js';
import { createTestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { WorkerProcess } from '../support/worker-process.js';

const LEDGER_ROOT = fileURLToPath(new URL('../fixtures/ledger', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pm-two-workers-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

it('two workers on one database execute each of 2,000 short jobs exactly once', { timeout: 120_000 }, async () => {
  await using database = await createTestDatabase();
  await using pusher = await bootForTests({ root: LEDGER_ROOT, databaseUrl: database.url, filesDir: folder });
  const progressManager = pusher.app.container.get('progressManager');
  const ledgers = [join(folder, 'a.txt'), join(folder, 'b.txt')] as const;
  for (const file of ledgers) await writeFile(file, '');
  // Before there are jobs: the first would be done with all of them while the second begins.
  await using _a = await WorkerProcess.start(LEDGER_ROOT, database.url, folder, { LEDGER: ledgers[0] });
  await using _b = await WorkerProcess.start(LEDGER_ROOT, database.url, folder, { LEDGER: ledgers[1] });

  const ids: string[] = [];
  for (let pushed = 0; pushed < 2000; pushed += 50) {
    const some = Array.from({ length: 50 }, (_, index) =>
      progressManager.push(`Short ${pushed + index}`, 'ledger', { slices: 1, sliceMs: 0 }),
    );
    ids.push(...(await Promise.all(some)).map(({ id }) => id));
  }
  const jobs = await progressManager.wait(ids, { timeout: 100_000 });

  expect(new Set(jobs.map(({ status }) => status))).toEqual(new Set(['success']));
  const lines = (await Promise.all(ledgers.map((file) => readFile(file, 'utf8')))).map((text) =>
    text.split('\n').filter(Boolean),
  );
  const executed = lines.flat().map((line) => Number(line.split(' ')[0]));
  expect(executed.length).toBe(2000);
  expect(new Set(executed).size).toBe(2000);
  // Both took part; otherwise this would show nothing about two.
  expect(Math.min(...lines.map((some) => some.length))).toBeGreaterThan(50);
});

it('an import whose worker is killed in the middle is finished by another, every row once', {
  timeout: 180_000,
}, async () => {
  await using database = await createTestDatabase();
  const files = join(folder, 'files');
  const csv = join(folder, 'places.csv');
  await writePlaces(csv);
  await using watcher = await bootForTests({ root: ROOT, databaseUrl: database.url, filesDir: files, tables });
  const progressManager = watcher.app.container.get('progressManager');
  await using first = await WorkerProcess.start(ROOT, database.url, files);
  await using second = await WorkerProcess.start(ROOT, database.url, files);
  const { id } = await progressManager.push(
    'Import of places',
    'import',
    { table: 'place' },
    { files: [{ path: csv }] },
  );

  const running = await until(
    'a third of the import',
    async () => {
      const job = await progressManager.get(id);
      return job !== undefined && job.progress > 30 && job.worker !== undefined ? job : undefined;
    },
    60_000,
  );
  const [holder, other] = running.worker?.endsWith(`:${first.pid}`) ? [first, second] : [second, first];
  await holder.kill();
  const job = await progressManager.wait(id, { timeout: 120_000 });

  expect(job).toMatchObject({ status: 'success', progress: 100, counts: { processed: 171_075, failed: 0 } });
  expect(other.pid).toBeGreaterThan(0);
  const [count] = await watcher.app.container.get('knex')('place').count<{ rows: number }[]>('* as rows');
  expect(count?.rows).toBe(171_075);
  const places = await watcher.app.container
    .get('knex')('place')
    .select('name', 'lat', 'lng', 'country', 'admin1', 'admin2');
  expect(new Set(places.map((place) => JSON.stringify(place))).size).toBe(171_075);
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { bootForTests } from '../../../test/support/boot-for-tests.js';
import type { TestDatabase } from '../../../test/support/test-database.js';
import { until } from '../../../test/support/until.js';
import { WorkerProcess } from '../../../test/support/worker-process.js';
import config from '../configs/progress-manager.js';

/** Of the procedures that worker processes have. */
const ROOT = fileURLToPath(new URL('./fixtures/', import.meta.url));
/** A process is started first, on a busy machine, ms. */
const START_MS = 20_000;

const textOf = (file: string) => readFile(file, 'utf8').catch(() => '');
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** What becomes of jobs whose process dies, on any kind of database. */
export function crashSuite(createDatabase: () => Promise<TestDatabase>): void {
  /** One who executes and waits, and does no work. */
  async function open() {
    const database = await createDatabase();
    const { app, filesDir, ...rest } = await bootForTests({
      root: ROOT,
      modules: { 'background-jobs': config },
      databaseUrl: database.url,
    });
    return {
      backgroundJobs: app.container.get('backgroundJobs'),
      file: join(filesDir, 'pids.txt'),
      work: (options = {}) =>
        WorkerProcess.start(ROOT, database.url, filesDir, { WORKER_OPTIONS: JSON.stringify(options) }),
      [Symbol.asyncDispose]: async () => {
        await rest[Symbol.asyncDispose]();
        await database[Symbol.asyncDispose]();
      },
    };
  }

  describe('a job', () => {
    test('whose worker is killed has failed, and its key is free again', { timeout: 60_000 }, async () => {
      await using test = await open();
      const { backgroundJobs, file } = test;
      const job = await backgroundJobs.execute('Test.long', [file], 'K');
      await using worker = await test.work();
      await until('it runs', () => textOf(file), START_MS);
      await worker.kill();
      await expect(backgroundJobs.execute('Test.long', [file], 'K')).rejects.toThrow('уже выполняется');
      await using _another = await test.work();
      const error = await job.waitForCompletion(30).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'background_jobs_failed', jobs: [{ UUID: job.UUID }] });
      const dead = await job.refresh();
      expect(dead).toMatchObject({ State: 'Failed', End: expect.any(Date), ErrorInfo: { Code: 'worker_lost' } });
      expect(dead.ErrorInfo?.Description).toMatch(/worker/);
      const next = await backgroundJobs.execute('Test.long', [file], 'K');
      expect(next.UUID).not.toBe(job.UUID);
      await until('the next one runs', async () => (await textOf(file)).split('\n').length === 3, START_MS);
    });

    test('that hears nothing is killed after the grace time of its cancel', { timeout: 60_000 }, async () => {
      await using test = await open();
      const { backgroundJobs, file } = test;
      await using worker = await test.work({ graceMs: 500 });
      const job = await backgroundJobs.execute('Test.deaf', [file], 'K');
      const pid = Number((await until('it runs', () => textOf(file), START_MS)).split('\n')[0]);
      expect([isAlive(pid), pid === worker.pid]).toEqual([true, false]);
      expect((await job.cancel()).State).toBe('Canceled');
      await until('its process is gone', () => !isAlive(pid), 10_000);
      const written = (await textOf(file)).length;
      await backgroundJobs.execute('Test.long', [`${file}.2`]);
      await until('another one runs', () => textOf(`${file}.2`), START_MS);
      expect((await textOf(file)).length).toBe(written);
      expect((await job.refresh()).State).toBe('Canceled');
    });
  });
}

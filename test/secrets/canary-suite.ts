import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Job, jsonLogger } from 'progress-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commandLineForTests } from '../bin/run-for-tests.js';
import { openApplication, type TestApplication } from '../http/application.js';
import type { MakeDatabase } from '../support/shared-database.js';
import type { TestDatabase } from '../support/test-database.js';

const ROOT = fileURLToPath(new URL('../fixtures/keeper', import.meta.url));
const SECRET_KEY = randomBytes(32).toString('base64');
const KEY = `k1:${SECRET_KEY}`;

/** A secret is a unique text: no output of any kind may hold it (SN). */
export function canarySuite(makeDatabase: MakeDatabase): void {
  const canary = `canary-${randomBytes(12).toString('hex')}`;
  const key = process.env.PM_SECRET_KEY;
  let database: TestDatabase;
  let lines: string[];

  beforeEach(async () => {
    database = await makeDatabase();
    lines = [];
    process.env.PM_SECRET_KEY = KEY;
  });
  afterEach(async () => {
    if (key === undefined) delete process.env.PM_SECRET_KEY;
    else process.env.PM_SECRET_KEY = key;
    await database[Symbol.asyncDispose]();
  });

  const open = (): Promise<TestApplication> =>
    openApplication({
      ...{ root: ROOT, databaseUrl: database.url, secretKeys: [KEY], intervalMs: 50, beatMs: 50 },
      logger: jsonLogger('debug', (line) => void lines.push(line)),
    });

  /** All that HTTP says about a job, to everybody. */
  async function answers({ send }: TestApplication, { id }: { id: string }): Promise<string> {
    const asked = (['ann', 'root', 'ben', 'nobody'] as const).flatMap((who) =>
      [`GET /api/jobs/${id}`, 'GET /api/jobs', `GET /api/jobs?q=${canary}`, 'GET /api/types', 'GET /api/me'].map(
        async (line) => (await send(who, line)).text(),
      ),
    );
    return (await Promise.all(asked)).join('\n');
  }

  async function tables({ app }: TestApplication): Promise<string> {
    return JSON.stringify(await app.container.get('knex')('progress_manager').select('*'));
  }

  function expectNoCanary(...outputs: readonly string[]): void {
    expect(outputs.join('\n')).not.toContain(canary);
    expect(outputs.join('\n')).not.toContain(SECRET_KEY);
  }

  describe('the canary is in no', () => {
    test.each([
      ['keeper', undefined, 'success'],
      ['keeper', 'throw', 'error'],
      ['keeper', 'time out', 'error'],
      ['caged_keeper', undefined, 'success'],
      ['caged_keeper', 'throw', 'error'],
      ['caged_keeper', 'time out', 'error'],
    ])('answer, row or log line about a job (%s, %s)', { timeout: 60_000 }, async (type, then, status) => {
      await using application = await open();
      const stray = (error: unknown) => application.app.strayError(error);
      const others = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.on('uncaughtException', stray);
      try {
        const pushed = await application.push('ann', { type, data: { then }, secret: { token: canary } });
        expectNoCanary(JSON.stringify(pushed), await answers(application, pushed));
        await application.app.start();
        const job: Job = await application.app.container.get('progressManager').wait(pushed.id, { timeout: 50_000 });
        expect(job.status).toBe(status);
        if (status === 'success') expect(job.result).toMatchObject({ seen: canary.length, value: '[secret]' });
        else expect(job.error?.message).toMatch(/(failed|late) with \[secret\]/);
        expectNoCanary(await answers(application, pushed), await tables(application), lines.join(''));
      } finally {
        process.off('uncaughtException', stray);
        for (const listener of others) process.on('uncaughtException', listener);
      }
    });

    test('argument or environment of a child process, and the key is in neither', { timeout: 60_000 }, async () => {
      await using application = await open();
      const { id } = await application.push('ann', { type: 'caged_keeper', secret: { token: canary } });
      await application.app.start();
      const { result } = await application.app.container.get('progressManager').wait(id, { timeout: 50_000 });
      const said = result as { pid: number; arguments: string; environment: string };
      expect(said.pid).not.toBe(process.pid);
      expect(said.environment).toContain('PATH=');
      expect(said.environment).not.toContain('PM_SECRET_KEY');
      expectNoCanary(said.arguments, said.environment);
    });

    test.each([
      [{ type: 'nope' }],
      [{ type: 'keeper', priority: 'high' }],
      [{ type: 'keeper', nope: 1 }],
      [{ type: 'keeper', secret: { token: [canary] } }],
      [{ type: 'keeper', secret: canary }],
      [{ type: 'keeper', secret: { [`${canary} `]: canary } }],
      [{ type: 'keeper', userId: 'ben' }],
      [{ type: 'keeper', data: { big: 'x'.repeat(1024 * 1024) } }],
    ])('refusal of a push that carries it (%#)', async (push) => {
      await using application = await open();
      const body = { name: 'A note', secret: { token: canary }, ...push };
      const response = await application.send('ann', 'POST /api/jobs', { body });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expectNoCanary(await response.text(), lines.join(''));
    });

    test('refusal of a body that is no JSON, or of an insert that the database refuses', async () => {
      await using application = await open();
      const broken = await application.send('ann', 'POST /api/jobs', {
        body: `{"name":"n","type":"keeper","secret":{"token":"${canary}"`,
        headers: { 'Content-Type': 'application/json' },
      });
      expect(broken.status).toBe(400);
      await application.app.container.get('knex').raw('ALTER TABLE progress_manager RENAME COLUMN secrets TO others');
      const refused = await application.send('ann', 'POST /api/jobs', {
        body: { name: 'n', type: 'keeper', secret: { token: canary } },
      });
      expect(refused.status).toBe(500);
      expect(lines.join('')).toContain('a request failed');
      expectNoCanary(await broken.text(), await refused.text(), lines.join(''));
    });

    test('output of the command line', { timeout: 60_000 }, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'pm-canary-'));
      try {
        await writeFile(join(folder, 'token'), `${canary}\n`);
        await using line = await commandLineForTests({
          DATABASE_URL: database.url,
          PM_SECRET_KEY: KEY,
          PM_LOG_LEVEL: 'debug',
        });
        const push = ['push', 'export', 'Places', '--data', '{"table":"place"}', '--user', 'ann', '--secret'] as const;
        await line.pm('migrate');
        const pushed = await line.pm(...push, `token=@${join(folder, 'token')}`);
        expect(pushed.exitCode).toBe(0);
        const said = [pushed, await line.pm(...push, `token=${canary}`), await line.pm(...push, canary)];
        expect(said.map(({ exitCode }) => exitCode)).toEqual([0, 2, 2]);
        expect(said[1]?.stderr).toContain('write name=@file'.slice(6));
        const looks = [
          ['show', '1'],
          ['show', '1', '--json'],
          ['list'],
          ['list', '--json'],
          ['tick'],
          ['tick'],
          ['tick'],
          ['watch', '1', '--json'],
          ['doctor'],
          ['doctor', '--json'],
          ['check'],
          ['types', '--json'],
        ];
        for (const words of looks) said.push(await line.pm(...words));
        expectNoCanary(...said.map(({ stdout, stderr }) => stdout + stderr));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  });
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boot } from 'progress-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandLineForTests, type Said } from './run-for-tests.js';

const CONFIG = `export default {
  type: { note: { run: () => 'done' } },
  schedule: {
    noon: { cron: '0 12 * * *', timeZone: 'Europe/Berlin', type: 'note', name: 'The note of noon', userId: 'ann' },
  },
};
`;

/** An application with one module. */
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'pm-schedules-'));
  await writeFile(join(root, 'package.json'), JSON.stringify({ type: 'module', version: '1.0.0' }));
  await mkdir(join(root, 'modules/notes/configs'), { recursive: true });
  await writeFile(join(root, 'modules/notes/configs/progress-manager.ts'), CONFIG);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const json = ({ stdout }: Said): never => JSON.parse(stdout) as never;

async function migrated() {
  const line = await commandLineForTests({}, root);
  await line.pm('migrate');
  return line;
}

test('schedules are listed, in words and as JSON', async () => {
  await using line = await migrated();
  const { stdout, exitCode } = await line.pm('schedules');
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^SCHEDULE +TYPE +CRON +ZONE +LAST RUN \(UTC\) +OUTCOME +NEXT \(UTC\)\n/);
  expect(stdout).toMatch(/\nnoon +note +0 12 \* \* \* +Europe\/Berlin +– +\d{4}-\d\d-\d\d 1[01]:00\n$/);
  expect(json(await line.pm('schedules', '--json'))).toMatchObject([{ name: 'noon', last: null, isPaused: false }]);
});

test('one is run by hand, paused and resumed', async () => {
  await using line = await migrated();
  expect(await line.pm('schedules', 'run', 'noon')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^Pushed job 1 \(/),
  });
  expect(json(await line.pm('show', '1', '--json'))).toMatchObject({ name: 'The note of noon', userId: 'ann' });
  expect(await line.pm('schedules', 'pause', 'noon')).toMatchObject({ stdout: 'The schedule noon is paused.\n' });
  expect((await line.pm('schedules')).stdout).toMatch(/ paused\n$/);
  expect((await line.pm('schedules', 'resume', 'noon')).stdout).toMatch(/^The schedule noon runs again\. Next: 20/);
  expect(json(await line.pm('schedules', 'pause', 'noon', '--json'))).toMatchObject({ name: 'noon', isPaused: true });
});

test('a tick pushes what is due, for those who have no worker but cron', async () => {
  await using line = await migrated();
  await line.pm('tick');
  await using app = await boot({
    root,
    databaseUrl: line.env.DATABASE_URL ?? '',
    filesDir: line.env.PM_FILES_DIR ?? '',
  });
  // As if it had been there for longer.
  await app.container.get('knex')('progress_schedule').update({ decided_until: '2026-01-01 00:00:00.000' });
  expect((await line.pm('tick')).stdout).toBe('1 job moved.\n');
  expect((await line.pm('tick')).stdout).toBe('0 jobs moved.\n');
  const [schedule]: { last: object }[] = json(await line.pm('schedules', '--json'));
  expect(schedule?.last).toMatchObject({ outcome: 'pushed', job: { number: 1, status: 'success' } });
  expect((await line.pm('schedules')).stdout).toMatch(/ 1[01]:00 +job 1: success +20/);
});

test.each([
  [1, ['schedules', 'run', 'nope']],
  [1, ['schedules', 'pause', 'nope']],
  [2, ['schedules', 'run']],
  [2, ['schedules', 'stop', 'noon']],
])('exit code %d for %j', async (exitCode, words) => {
  await using line = await migrated();
  expect((await line.pm(...words)).exitCode).toBe(exitCode);
});

test('without a schedule the list says where they are declared', async () => {
  await using line = await commandLineForTests();
  await line.pm('migrate');
  expect((await line.pm('schedules')).stdout).toContain('under "schedule"');
});

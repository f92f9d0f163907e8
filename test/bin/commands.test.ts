import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { commandLineForTests, type Said } from './run-for-tests.js';

const json = ({ stdout }: Said): never => JSON.parse(stdout) as never;
const EXPORT = ['push', 'export', 'Places', '--data', '{"table":"place"}'] as const;

test('says its version, as package.json has it', async () => {
  await using line = await commandLineForTests();
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  expect(await line.pm('--version')).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

test.each([['nope'], ['list', '--nope'], ['show'], ['list', '--limit', 'many']])(
  'a command line that cannot be read (%s …) is told as JSON where JSON was asked for',
  async (...words) => {
    await using line = await commandLineForTests();
    const said = await line.pm(...words, '--json');
    expect(said.exitCode).toBe(2);
    expect(json(said)).toMatchObject({ error: { code: 'usage', message: expect.any(String) } });
  },
);

test('a folder of files that cannot be written is refused at the start, with what to mend', async () => {
  await using line = await commandLineForTests({ PM_FILES_DIR: '/dev/null/files' });
  const { exitCode, stderr } = await line.pm('tick');
  expect(exitCode).toBe(78);
  expect(stderr).toMatch(/The folder of files cannot be written \(ENOTDIR\): \/dev\/null\/files\. .*PM_FILES_DIR/);
});

test('without tables every command but migrate says which command makes them', async () => {
  await using line = await commandLineForTests();
  const refused = await line.pm('list');
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain('progress-manager migrate');
  expect(json(await line.pm('migrate', '--json'))).toEqual({
    applied: expect.arrayContaining(['0001-progress-manager', 'places/0001-place']),
  });
  expect(await line.pm('migrate')).toMatchObject({ exitCode: 0, stdout: 'The database is up to date.\n' });
  expect(await line.pm('list')).toMatchObject({ exitCode: 0, stdout: 'No jobs.\n' });
});

test('a job is pushed, listed, shown, carried to its end by ticks, watched and closed', async () => {
  await using line = await migrated();
  expect((await line.pm(...EXPORT, '--user', 'u1')).stdout).toMatch(/^Pushed job 1 \(/);
  expect((await line.pm('list')).stdout).toMatch(/^JOB {2}NAME .*\n +1 {2}Places +export +New +0 % +u1 /);

  const pushed: Record<string, unknown> = json(await line.pm('show', '1', '--json'));
  expect(pushed).toMatchObject({ number: 1, name: 'Places', status: { key: 'new' }, userId: 'u1' });
  expect((await line.pm('show', String(pushed.id))).stdout).toContain('Job 1  Places');

  await carryOn(line);
  expect(await line.pm('watch', '1')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Success') });
  expect(await line.pm('close', '1')).toMatchObject({ exitCode: 0, stdout: 'Job 1 is closed.\n' });
  expect((await line.pm('list')).stdout).toBe('No jobs.\n');
  expect(json(await line.pm('list', '--closed', '--json'))).toMatchObject({ total: 1, list: [{ number: 1 }] });
});

test('cancel is refused, with the status, when the status does not offer it', async () => {
  await using line = await migrated();
  await line.pm(...EXPORT);
  expect(await line.pm('cancel', '1')).toMatchObject({ exitCode: 0, stdout: 'Job 1 is cancelled.\n' });
  expect(await line.pm('cancel', '1')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is cancelled') });
});

test('push --wait fails with the job, and prints the job as its one document', async () => {
  await using line = await migrated();
  const waiting = line.pm(...EXPORT, '--wait', '--json');
  await until(async () => (await line.pm('cancel', '1')).exitCode === 0);
  const said = await waiting;
  expect(said.exitCode).toBe(1);
  expect(json(said)).toMatchObject({ number: 1, status: { key: 'cancelled' } });
});

test('a job that nobody takes says so once, to people', { timeout: 15_000 }, async () => {
  await using line = await migrated();
  await line.pm(...EXPORT);
  const watching = line.pm('watch', '1');
  await sleep(6000);
  await line.pm('cancel', '1');
  expect((await watching).stderr.match(/No worker has taken it yet/g)).toHaveLength(1);
});

test('an id that was pushed before is that job', async () => {
  await using line = await migrated();
  const id = '01990000-0000-7000-8000-0000000000ff';
  expect((await line.pm(...EXPORT, '--id', id)).stdout).toBe(`Pushed job 1 (${id}).\n`);
  expect((await line.pm(...EXPORT, '--id', id)).stdout).toBe(`That is job 1 (${id}), pushed before.\n`);
});

test('data comes from a file too, and files are copied in', async () => {
  await using line = await migrated();
  const folder = join(line.env.PM_FILES_DIR ?? '', '..');
  await writeFile(join(folder, 'data.json'), '{"table":"place"}');
  await writeFile(join(folder, 'places.csv'), 'name,lat,lng\nVila,42.5,1.5\n');
  const data = `@${join(folder, 'data.json')}`;
  const pushed = await line.pm('push', 'import', 'Places', '--data', data, '--file', join(folder, 'places.csv'));
  expect(pushed).toMatchObject({ exitCode: 0, stderr: '' });
  await carryOn(line);
  expect(json(await line.pm('show', '1', '--json'))).toMatchObject({ status: { key: 'success' }, processed: 1 });
});

test('keys are made, listed without the key itself, and revoked once', async () => {
  await using line = await migrated();
  const made: { id: string; key: string } = json(await line.pm('key:add', '--user', 'u1', '--json'));
  const listed = await line.pm('key:list', '--json');
  expect(json(listed)).toMatchObject([{ id: made.id, user: { id: 'u1', isAdmin: false }, revokedAt: null }]);
  expect(listed.stdout).not.toContain(made.key);
  expect((await line.pm('key:revoke', made.id)).exitCode).toBe(0);
  expect((await line.pm('key:revoke', made.id)).exitCode).toBe(1);
});

describe('exit codes', () => {
  test.each([
    [2, ['bogus']],
    [2, ['show']],
    [2, ['list', '--limit', 'ten']],
    [2, ['list', '--limit', '1000']],
    [2, ['list', '--status', 'done']],
    [2, ['push', 'export', 'Places', '--data', '{table:']],
    [2, ['push', 'export', 'Places', '--on-key', 'steal']],
    [1, ['push', 'no-such-type', 'Places']],
    [1, ['show', '99']],
    [1, ['show', "x' OR '1'='1"]],
    [1, ['watch', '99']],
    [0, ['types']],
    [0, ['check']],
    [0, ['--help']],
  ])('%d for %j', async (exitCode, words) => {
    await using line = await migrated();
    expect((await line.pm(...words)).exitCode).toBe(exitCode);
  });

  test('78 for settings, with every fault', async () => {
    await using line = await commandLineForTests({ PM_LIMIT: '0', PM_LIMT: '1' });
    const said = await line.pm('list', '--json');
    expect(said.exitCode).toBe(78);
    expect(json(said)).toMatchObject({
      error: { code: 'configuration', faults: [/PM_LIMT/, /PM_LIMIT/].map(matching) },
    });
  });
});

async function migrated() {
  const line = await commandLineForTests();
  await line.pm('migrate');
  return line;
}

async function carryOn(line: Awaited<ReturnType<typeof migrated>>): Promise<void> {
  await until(async () => (json(await line.pm('tick', '--json')) as { moved: number }).moved === 0);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 10_000, interval: 50 }).toBe(true);
}

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

test('why a job waits is said, a type and all can be paused and resumed, and workers are listed', async () => {
  await using line = await migrated();
  await line.pm(...EXPORT);
  expect((await line.pm('explain', '1')).stdout).toMatch(/^No worker runs\. Start one/);
  expect(json(await line.pm('explain', '1', '--json'))).toMatchObject({ reason: 'no_worker' });
  expect((await line.pm('workers')).stdout).toMatch(/^No worker runs\./);
  expect(json(await line.pm('workers', '--json'))).toEqual({ list: [] });
  expect((await line.pm('pause', '--type', 'export')).stdout).toBe('Paused: the type export.\n');
  expect((await line.pm('pause', '--all')).stdout).toBe('Paused: all jobs, the type export.\n');
  await line.pm('tick');
  expect(json(await line.pm('show', '1', '--json'))).toMatchObject({ status: { key: 'new' } });
  expect(json(await line.pm('resume', '--all', '--json'))).toMatchObject({ list: [{ scope: 'export' }] });
  expect((await line.pm('resume', '--type', 'export')).stdout).toBe(
    'Jobs of the type export go on. No type is paused.\n',
  );
  expect(await line.pm('pause', '--type', 'exprt')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('"export"'),
  });
  for (const words of [['pause'], ['pause', '1', '--all'], ['resume', '--all', '--type', 'export']])
    expect((await line.pm(...words)).stderr).toMatch(/takes one of these: a job, --type <type> or --all\./);
});

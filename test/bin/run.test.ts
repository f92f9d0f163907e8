import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { addsParts } from '../children/modules.js';
import { CommandProcess } from '../support/command-process.js';
import { until } from '../support/until.js';
import { commandLineForTests, type Said } from './run-for-tests.js';

const FAMILY = fileURLToPath(new URL('../fixtures/family', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCE = ['--import', 'tsx', '--conditions=progress-manager-source'];
const json = ({ stdout }: Said): never => JSON.parse(stdout) as never;
const EXPORT = ['push', 'export', 'Places', '--data', '{"table":"place"}'] as const;

async function migrated() {
  const line = await commandLineForTests({ PM_INTERVAL_MS: '50' });
  await line.pm('migrate');
  return line;
}

/** Changes the database beside the commands. */
async function change(env: Readonly<Record<string, string>>, sql: string, ...values: unknown[]): Promise<void> {
  const { default: Sqlite } = await import('better-sqlite3');
  const database = new Sqlite((env.DATABASE_URL ?? '').slice('sqlite:'.length));
  database.prepare(sql).run(...values);
  database.close();
}

test('one job is carried to its end, and no other', async () => {
  await using line = await migrated();
  await line.pm(...EXPORT);
  await line.pm(...EXPORT);
  const ran = await line.pm('run', '2');
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  expect(ran.stdout).toMatch(/█{24} 100 % {2}Places · Success.*\nJob 2 has ended: Success\.\n$/);
  expect(json(await line.pm('show', '1', '--json'))).toMatchObject({ status: { key: 'new' } });
  expect(await line.pm('run', '2')).toMatchObject({ exitCode: 0, stdout: 'Job 2 had ended before: Success.\n' });
});

test('with --json the ended job is the one document', async () => {
  await using line = await migrated();
  const { id }: { id: string } = json(await line.pm(...EXPORT, '--json'));
  const ran = await line.pm('run', id, '--json', '--debug');
  expect(ran.exitCode).toBe(0);
  expect(json(ran)).toMatchObject({ id, status: { key: 'success' }, progress: 100 });
});

test('jobs that it adds are carried with it', async () => {
  await using line = await commandLineForTests({ PM_INTERVAL_MS: '50' }, FAMILY);
  addsParts({ A: 1, B: 3 }, 3);
  await line.pm('migrate');
  await line.pm('push', 'parent', 'Family');
  await line.pm('push', 'part', 'Alone', '--data', '{"steps":1}');
  expect(await line.pm('run', '1')).toMatchObject({ exitCode: 0, stderr: '' });
  const { list }: { list: { name: string; status: { key: string } }[] } = json(
    await line.pm('list', '--parent', '1', '--json'),
  );
  expect(list.map(({ name, status }) => `${name} ${status.key}`)).toEqual(['B success', 'A success']);
  expect(json(await line.pm('show', '2', '--json'))).toMatchObject({ name: 'Alone', status: { key: 'new' } });
  expect((await line.pm('show', '1')).stdout).toContain('added     2 jobs, 2 ended (list --parent 1)');
  expect((await line.pm('show', '3')).stdout).toContain('part of   job 1');
});

test('a job that fails fails the command, with its reason', async () => {
  await using line = await migrated();
  await line.pm(...EXPORT);
  await change(line.env, `UPDATE progress_manager SET data = '{"table":"nope"}'`);
  const ran = await line.pm('run', '1');
  expect(ran.exitCode).toBe(1);
  expect(ran.stdout).toMatch(/Job 1 has ended: Error\. .*"nope" is not open/);
  expect((await line.pm('run', '1')).stdout).toMatch(/^Job 1 had ended before: Error\./);
});

test.each([
  [
    'is worked on elsewhere',
    `status = 'in_progress', lease_owner = 'host:1/a/b', due_at = '2999-01-01 00:00:00.000'`,
    /Job 1 is being worked on by host:1\. Follow it with "watch 1"/,
  ],
  ['is paused', `status = 'paused', due_at = NULL`, /Job 1 is paused\. Let it go on first: "resume 1"/],
  ['is of a type that no module here has', `type = 'gone'`, /No module here declares the type "gone" of job 1/],
])('a job that %s is refused, and stays as it is', async (_, state, sentence) => {
  await using line = await migrated();
  await line.pm(...EXPORT);
  // The start of a command ends the leases of dead processes of this host, not those of others.
  await change(line.env, `UPDATE progress_manager SET ${state}`);
  const before = (await line.pm('show', '1', '--json')).stdout;
  const refused = await line.pm('run', '1');
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toMatch(sentence);
  expect((await line.pm('show', '1', '--json')).stdout).toBe(before);
});

test('a job that is due later is waited for', async () => {
  await using line = await migrated();
  await line.pm(...EXPORT, '--run-at', new Date(Date.now() + 1000).toISOString());
  const ran = await line.pm('run', '1');
  expect(ran).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/^Job 1 is due at 20.*Z: waiting\.\n$/) });
});

test('there must be such a job, and a word must be known', async () => {
  await using line = await migrated();
  expect(await line.pm('run', '99')).toMatchObject({ exitCode: 1, stderr: 'There is no job 99.\n' });
  expect(await line.pm('run')).toMatchObject({ exitCode: 2 });
  expect((await line.pm('rnu', '1')).stderr).toContain('Did you mean run?');
  await line.pm(...EXPORT);
  expect((await line.pm('act', '1', 'cancle')).stderr).toBe('There is no action "cancle". Did you mean "cancel"?\n');
});

test('any button is pressed, and what it gives is printed', async () => {
  await using line = await migrated();
  await line.pm(...EXPORT);
  await line.pm('run', '1');
  const { job, result }: { job: { id: string }; result: unknown } = json(
    await line.pm('act', '1', 'download_export_file', '--json'),
  );
  expect(result).toEqual({ url: `/api/jobs/${job.id}/files/place.csv` });
  expect((await line.pm('act', '1', 'close', '--input', '[]')).exitCode).toBe(2);
  expect((await line.pm('act', '1', 'close', '--input', '{}')).stdout).toBe('Job 1: close.\n');
});

test('a signal gives the job back', { timeout: 60_000 }, async () => {
  await using line = await commandLineForTests({ PM_LOG_LEVEL: 'silent' });
  await line.pm('migrate');
  await line.pm(...EXPORT, '--run-at', '2999-01-01T00:00:00Z');
  await using process = new CommandProcess([...SOURCE, join(ROOT, 'bin/progress-manager.ts')], ['run', '1'], line.env);
  await until('it waits', () => process.said.includes('waiting'), 30_000);
  process.signal('SIGINT');
  expect(await process.ended).toEqual({ code: 1, signal: null });
  expect(process.said).toContain('Job 1 was given back: New.');
  expect(json(await line.pm('show', '1', '--json'))).toMatchObject({ status: { key: 'new' }, worker: null });
});

test('jobs are listed by part of their name', async () => {
  await using line = await migrated();
  await line.pm(...EXPORT);
  await line.pm('push', 'export', 'Others', '--data', '{"table":"place"}', '--user', 'u2');
  const named = async (...words: readonly string[]) =>
    (json(await line.pm('list', '--json', ...words)) as { list: { name: string }[] }).list.map(({ name }) => name);
  expect(await named('--q', 'other')).toEqual(['Others']);
  expect(await named('--search', 'pla')).toEqual(['Places']);
  expect(await named('--user', 'u2', '--type', 'export', '--status', 'new', '--limit', '1')).toEqual(['Others']);
});

test('what the job says by context.debug is shown live with --debug, and nowhere else', async () => {
  const root = await mkdtemp(join(tmpdir(), 'progress-manager-debug-'));
  try {
    await mkdir(join(root, 'modules/talk/configs'), { recursive: true });
    const run = "(_job, context) => { context.debug('looked at 7', { id: 7 }); context.log('info', 'kept'); }";
    const config = `export default { type: { talk: { run: ${run} } } };`;
    await writeFile(join(root, 'modules/talk/configs/progress-manager.js'), config);
    await writeFile(join(root, 'package.json'), '{"type":"module","version":"1.0.0"}');
    await using line = await commandLineForTests({ PM_INTERVAL_MS: '50' }, root);
    await line.pm('migrate');
    for (const name of ['One', 'Two', 'Three']) await line.pm('push', 'talk', name);
    const shown = await line.pm('run', '1', '--debug');
    expect(shown.stdout).toContain('\nlooked at 7 {"id":7}\n');
    expect((await line.pm('run', '2')).stdout).not.toContain('looked at 7');
    const asJson = await line.pm('run', '3', '--debug', '--json');
    expect(json(asJson)).toMatchObject({ number: 3 });
    expect(asJson.stderr).toContain('looked at 7 {"id":7}');
    expect((await line.pm('log', '1')).stdout).toMatch(/kept/);
    expect((await line.pm('log', '1')).stdout).not.toContain('looked at 7');
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});

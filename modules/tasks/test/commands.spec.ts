import { readdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../test/support/until.js';
import { json, TIF, taskLine } from './command-line.js';
import { XLSX } from './spreadsheets.js';
import { taskRoot } from './task-root.js';

let root: Awaited<ReturnType<typeof taskRoot>>;
beforeAll(async () => {
  root = await taskRoot();
});
afterAll(() => root[Symbol.asyncDispose]());

test('task:add prints the id of a task that is to run, and task:show shows it', async () => {
  await using line = await taskLine(root.path);
  const added = await line.pm('task:add', `${TIF}:extractAll`, '--param', 'source=x');
  expect(added).toEqual({ exitCode: 0, stdout: '1\n', stderr: '' });
  expect(json(await line.pm('task:show', '1'))).toMatchObject({ id: 1, status: 'TO_RUN', parametres: { source: 'x' } });
});

test('tache:run runs the task in a process of its own, and exits with 0', async () => {
  await using line = await taskLine(root.path);
  const id = await line.add(`${TIF}:extractAll`, '--param', 'source=x', '--param', 'more=a=b');
  expect(await line.pm('tache:run', id)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/1: COMPLETED\n$/),
  });
  const task = await line.show(id);
  expect(task).toMatchObject({
    status: 'COMPLETED',
    parametres: { source: 'x', more: 'a=b' },
    result: { source: 'x', jobs: 1 },
  });
  expect(Date.parse(task.startdate ?? '')).toBeLessThanOrEqual(Date.parse(task.enddate ?? ''));
  expect(task.pid).toBeGreaterThan(1);
  expect(task.pid).not.toBe(process.pid);
});

test.each([
  ['returns', 'what=false', 1],
  ['returns', 'what=failure', 1],
  ['returns', 'what=invalid', 2],
  ['throws', 'what=boom', 1],
])('tache:run of a task whose method %s (%s) exits with %i', async (method, param, exitCode) => {
  await using line = await taskLine(root.path);
  const id = await line.add(`${TIF}:${method}`, '--param', param);
  expect(await line.pm('tache:run', id)).toMatchObject({ exitCode });
  const task = await line.show(id);
  expect(task.status).toBe('FAILED');
  expect(JSON.stringify(task.result)).toContain(
    method === 'throws' ? '["error","Sortie de tâche sur une exception... boom"' : '["error",',
  );
});

test('tache:run runs a failed task again, and one that waits, but none that succeeded', async () => {
  await using line = await taskLine(root.path);
  const next = JSON.stringify({ method: `${TIF}:says` });
  const id = await line.add(`${TIF}:returns`, '--param', 'what=invalid', '--next', next);
  for (const _ of [1, 2]) expect(await line.pm('tache:run', id)).toMatchObject({ exitCode: 2 });
  expect(await line.show(2)).toMatchObject({ status: 'WAITING' });
  expect(await line.pm('tache:run', '2')).toMatchObject({ exitCode: 0 });
  const again = await line.pm('tache:run', '2');
  expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('The job is success') });
});

test.each(['tache:run', 'task:show', 'task:stop'])(
  '%s of a task that is not there exits with 1, and names it',
  async (command) => {
    await using line = await taskLine(root.path);
    expect(await line.pm(command, '999999')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('999999') });
    expect(await line.pm(command, 'x')).toMatchObject({ exitCode: 1, stderr: 'There is no job x.\n' });
  },
);

test.each([
  [['--param', 'source'], '--param: must be name=value, and is "source".'],
  [['--param', '=x'], '--param: must be name=value'],
  [['--next', '{'], '--next: is not JSON: '],
  [['--secret', 'token=S3CRET'], '--secret: must be name=@file'],
])('task:add %j is refused with what to do, and adds nothing', async (words, sentence) => {
  await using line = await taskLine(root.path);
  const said = await line.pm('task:add', `${TIF}:says`, ...words);
  expect(said).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(sentence) });
  expect(said.stderr).not.toContain('S3CRET');
  expect(json(await line.pm('list', '--json'))).toMatchObject({ total: 0 });
});

test('task:add takes a file, a signature and an owner', async () => {
  await using line = await taskLine(root.path);
  const path = line.path('mon fichier été.xlsx');
  await writeFile(path, XLSX);
  const id = await line.add(`${TIF}:reads`, '--file', path, '--signature', 's1', '--user', 'ann');
  expect(await line.show(id)).toMatchObject({ fichier: 'mon-fichier-ete.xlsx', signature: 's1', userEmail: 'ann' });
  expect(await line.pm('tache:run', id)).toMatchObject({ exitCode: 0 });
  expect(await line.show(id)).toMatchObject({ result: ['mon-fichier-ete.xlsx', XLSX.length, 'PK', XLSX.length] });
});

test('while a task runs its logs and its progress are seen; debug lines are seen live, and nowhere else; it is not run twice', {
  timeout: 60_000,
}, async () => {
  await using line = await taskLine(root.path);
  const go = line.path('go');
  await writeFile(line.path('token'), 'S3CRET\n');
  const id = await line.add(
    `${TIF}:saysAndWaits`,
    '--param',
    `until=${go}`,
    '--secret',
    `token=@${line.path('token')}`,
  );
  await using running = line.process('tache:run', id, '--debug');
  const logs = { error: [['b', { x: 1 }]], info: [['a']], warning: [] };
  const task = await until(
    'what it says',
    async () => {
      const now = await line.show(id);
      return now.progress && now.logs.info.length > 0 ? now : undefined;
    },
    40_000,
  );
  expect(task).toMatchObject({ status: 'RUNNING', logs, parametresCaches: { token: '[secret]' } });
  expect(task.progress).toEqual({ phases: 4, phase: 2, step: 50, max: 100, libelle: 'Import', percent: 37.5 });
  expect((await line.pm('show', id, '--json')).stdout).toContain('"progress": 37.5,');
  expect(running.said).toMatch(/^d$/m);
  expect(await secretsInArguments('S3CRET')).toEqual([]);
  const twice = await line.pm('tache:run', id);
  expect(twice).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is being worked on by') });
  await writeFile(go, '');
  expect(await running.ended).toEqual({ code: 0, signal: null });
  expect(running.said).not.toContain('S3CRET');
  const ended = await line.show(id);
  expect(ended).toMatchObject({
    status: 'COMPLETED',
    logs,
    progress: null,
    result: [
      ['info', 'a'],
      ['error', 'b', { x: 1 }],
    ],
  });
  expect(ended.pid).toBe(task.pid);
});

/** Command lines of all processes of this machine that hold this text. */
async function secretsInArguments(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  // Processes end while they are looked at.
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(text));
}

test('without --debug nothing that is said by debug is shown', async () => {
  await using line = await taskLine(root.path);
  const id = await line.add(`${TIF}:says`);
  const said = await line.pm('tache:run', id);
  expect(said.stdout).not.toMatch(/^d$/m);
  expect(await line.pm('tache:run', await line.add(`${TIF}:says`), '--debug')).toMatchObject({
    stdout: expect.stringMatching(/^d$/m),
  });
});

test.each([
  ['--loop', '0', '--loop times --sleep: must be from 1 to 86400 seconds.'],
  ['--loop', '99999', '--loop times --sleep: must be from 1 to 86400 seconds.'],
  ['--sleep', 'x', '--sleep or SLEEP: must be a number, and is "x".'],
  ['--loop', '-1', '--loop or LOOP: must be a number, and is "-1".'],
  ['--loop', '', '--loop or LOOP: must be a number, and is "".'],
])('tachesManager:start %s %j is refused', async (option, value, sentence) => {
  await using line = await taskLine(root.path);
  expect(await line.pm('tachesManager:start', option, value)).toMatchObject({ exitCode: 2, stderr: `${sentence}\n` });
});

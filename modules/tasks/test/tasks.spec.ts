import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ActionNotOfferedError, type App, type Job, JobNotFoundError, type User } from 'progress-manager';
import { bootForTests, type TestApp } from 'progress-manager/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../../test/support/until.js';
import { statusOf, type TaskView, viewOf, withHtml } from '../services/task-view.js';
import { Tasks } from '../services/tasks.js';
import { taskRoot } from './task-root.js';

const ANN: User = { id: 'ann', isAdmin: false };
const BEN: User = { id: 'ben', isAdmin: false };
const TIF = 'App\\Services\\TIF';

let root: Awaited<ReturnType<typeof taskRoot>>;
beforeAll(async () => {
  root = await taskRoot();
});
afterAll(() => root[Symbol.asyncDispose]());

const boot = () => bootForTests({ root: root.path });
const tasksOf = ({ app }: { readonly app: App }) => app.container.get('tasks');

/** Runs it to its end, here. */
async function ran(kit: TestApp, id: number): Promise<TaskView> {
  await kit.carry(id);
  return tasksOf(kit).get(id);
}

describe('a task', () => {
  test('is added to be run, and shown by the names that pages know', async () => {
    await using kit = await boot();
    const id = await tasksOf(kit).add({
      method: `${TIF}:extractAll`,
      parameters: { source: 'x' },
      signature: 's1',
      userEmail: 'ann',
    });
    const job = await kit.progressManager.get(id);
    expect(await tasksOf(kit).get(id)).toEqual({
      ...{ id, userEmail: 'ann', method: `${TIF}:extractAll`, fichier: null, parametres: { source: 'x' } },
      ...{ parametresCaches: null, status: 'TO_RUN', result: [], logs: { error: [], warning: [], info: [] } },
      ...{ progress: null, startdate: null, enddate: null, creationDate: job?.createdAt, pid: null, signature: 's1' },
    });
  });

  test('calls the method of an instance, with what that injects, and keeps what it leaves', async () => {
    await using kit = await boot();
    const id = await tasksOf(kit).add({ method: `${TIF}:extractAll`, parameters: { source: 'x' } });
    const task = await ran(kit, id);
    expect(task).toMatchObject({ status: 'COMPLETED', result: { source: 'x', jobs: 1 }, pid: process.pid });
    expect(Date.parse(task.startdate ?? '')).toBeLessThanOrEqual(Date.parse(task.enddate ?? ''));
  });

  test('calls a static method, and gives its log where it leaves nothing', async () => {
    await using kit = await boot();
    const task = await ran(kit, await tasksOf(kit).add({ method: `${TIF}::version` }));
    expect(task).toMatchObject({
      status: 'COMPLETED',
      result: [['info', 'version 2']],
      logs: { info: [['version 2']] },
    });
  });

  test.each([
    ['nothing', 'COMPLETED', undefined],
    ['true', 'COMPLETED', undefined],
    ['success', 'COMPLETED', undefined],
    ['false', 'FAILED', 1],
    ['failure', 'FAILED', 1],
    ['invalid', 'FAILED', 2],
  ])('whose method returns %s is %s', async (what, status, code) => {
    await using kit = await boot();
    const id = await tasksOf(kit).add({ method: `${TIF}:returns`, parameters: { what } });
    expect(await ran(kit, id)).toMatchObject({
      status,
      logs: { error: code ? [[`La tâche s'est terminée avec le code ${code}.`, { code: 'failed' }]] : [] },
    });
    const job = await kit.progressManager.get(id);
    expect(job?.data).toMatchObject({ code: code ?? 0 });
    expect(job?.message).toBe(code && `La tâche s'est terminée avec le code ${code}.`);
  });

  test.each(['text', 'three', 'null'])(
    'whose method returns something else (%s) has failed, and says what it may return',
    async (what) => {
      await using kit = await boot();
      const task = await ran(kit, await tasksOf(kit).add({ method: `${TIF}:returns`, parameters: { what } }));
      expect(task.status).toBe('FAILED');
      expect(task.logs.error[0]?.[0]).toMatch(/exception\.\.\. A method returns 0, 1 or 2, true, false, or nothing/);
    },
  );

  test.each([
    ['an error', 'boom'],
    ['a text', 'boom as a text'],
  ])('whose method throws %s has failed, with an error line that has its message', async (what, message) => {
    await using kit = await boot();
    const task = await ran(kit, await tasksOf(kit).add({ method: `${TIF}:throws`, parameters: { what } }));
    const line = [`Sortie de tâche sur une exception... ${message}`, { code: 'failed' }];
    expect(task).toMatchObject({ status: 'FAILED', logs: { error: [line] }, result: [['error', ...line]] });
  });

  test('keeps its log lines by type, in order, and an error alone does not fail it; debug is kept nowhere', async () => {
    await using kit = await boot();
    const task = await ran(kit, await tasksOf(kit).add({ method: `${TIF}:says` }));
    expect(task.status).toBe('COMPLETED');
    expect(task.logs).toEqual({ error: [['b', { x: 1 }]], info: [['a']], warning: [] });
    expect(task.result).toEqual([
      ['info', 'a'],
      ['error', 'b', { x: 1 }],
    ]);
  });

  test('that was declared once and is no more has failed, and says so', async () => {
    await using kit = await boot();
    const id = await tasksOf(kit).add({ method: `${TIF}::version` });
    await kit
      .knex('progress_manager')
      .update({ data: JSON.stringify({ method: 'Gone:now', parametres: {}, caches: [] }) });
    const task = await ran(kit, id);
    expect(task.status).toBe('FAILED');
    expect(task.logs.error[0]?.[0]).toContain('No module declares the task method "Gone:now"');
  });

  test('is somebody’s: to others it is not there', async () => {
    await using kit = await boot();
    const tasks = tasksOf(kit);
    const id = await tasks.add({ method: `${TIF}:says`, signature: 's' }, { user: ANN });
    const note = await kit.progressManager.push('Other', 'task', { method: `${TIF}:says`, parametres: {}, caches: [] });
    for (const call of ['get', 'start', 'stop'] as const) {
      await expect(tasks[call](id, { user: BEN })).rejects.toBeInstanceOf(JobNotFoundError);
      await expect(tasks[call](99)).rejects.toBeInstanceOf(JobNotFoundError);
    }
    expect(await tasks.list({}, { user: BEN })).toEqual([]);
    expect(await tasks.statusBy({ ids: [id], signatures: ['s'] }, { user: BEN })).toEqual([]);
    expect(await tasks.cancelRunning({ user: BEN })).toEqual([]);
    expect((await tasks.list({}, { user: ANN })).map((task) => task.id)).toEqual([id]);
    expect((await tasks.list()).map((task) => task.id)).toEqual([note.number, id]);
    await expect(tasks.add({ method: `${TIF}:says`, userEmail: 'ann' }, { user: BEN })).rejects.toThrow(
      /only be pushed for yourself/,
    );
  });
});

test('a job of another type is no task', async () => {
  await using kit = await bootForTests({ root: root.path, modules: { other: { type: { other: { run: () => 1 } } } } });
  const { number } = await kit.push('other', {});
  const tasks = tasksOf(kit);
  for (const call of ['get', 'start', 'stop', 'delete', 'openFile'] as const)
    await expect(tasks[call](number)).rejects.toBeInstanceOf(JobNotFoundError);
  expect(await tasks.statusBy({ ids: [number], signatures: [] })).toEqual([]);
  expect(await tasks.cancelRunning()).toEqual([]);
});

test('a page gets the status in words with its bar, and how many lines of each level there are', () => {
  const line = (level: string) => ({ level, message: '<b>' }) as never;
  const html = (facts: object, ...levels: string[]) => {
    const job = { data: { caches: [] }, counts: { processed: 5, total: 10 }, ...facts } as never;
    const { status_html, result_html } = withHtml(viewOf(job, levels.map(line), []));
    return [status_html, result_html];
  };
  const status = (name: string, shown: string) => `<span class="status" data-status="${name}">${shown}</span>`;
  expect(html({ status: 'in_progress', message: '<i>' }, 'info', 'error', 'info')).toEqual([
    status('RUNNING', 'En cours <progress value="50" max="100"></progress>'),
    '<span class="badge error" title="error">1</span> <span class="badge info" title="info">2</span>',
  ]);
  const words = [
    [{ status: 'new' }, 'TO_RUN', 'En attente'],
    [{ status: 'new', waitsFor: 1 }, 'WAITING', 'En attente'],
    [{ status: 'cancelled' }, 'CANCELLED', 'Annulé'],
    [{ status: 'cancelled', startedAt: 'then' }, 'INTERRUPTED', 'Interrompu'],
    [{ status: 'success' }, 'COMPLETED', 'Terminé'],
    [{ status: 'error' }, 'FAILED', 'En erreur'],
  ] as const;
  for (const [facts, name, word] of words) expect(html(facts)).toEqual([status(name, word), null]);
});

test('progress is shown while a task runs, once it has moved', () => {
  const shown = (status: string, processed: number) =>
    viewOf({ status, data: { caches: [] }, counts: { processed, total: 10 } } as never, [], []).progress;
  expect([shown('in_progress', 0), shown('success', 5)]).toEqual([null, null]);
  expect(shown('in_progress', 5)).toEqual({ phases: 1, phase: 1, step: 5, max: 10, percent: 50 });
});

describe('add refuses, and pushes nothing:', () => {
  const refused = async (request: object, sentence: RegExp | string): Promise<void> => {
    await using kit = await boot();
    await expect(tasksOf(kit).add(request as never)).rejects.toThrow(sentence);
    await expect(tasksOf(kit).add({ method: `${TIF}:says`, next: request as never })).rejects.toThrow(sentence);
    expect((await kit.progressManager.find()).total).toBe(0);
  };

  test.each([
    [
      'a method that nobody declares',
      { method: 'rm:all' },
      /No module declares the task method "rm:all" \(taskMethod\)\. Known: App/,
    ],
    ['one that was misspelt', { method: `${TIF}:say` }, `Did you mean "${TIF}:says"?`],
    ['one of the other kind, with a hint', { method: `${TIF}:version` }, `There is "${TIF}::version".`],
    ['and so the other way', { method: `${TIF}::says` }, `There is "${TIF}:says".`],
    ['no method', {}, /name/],
    [
      'a field that a task has not',
      { method: `${TIF}:says`, parametres: {} },
      'parametres: is nothing a task has. Did you mean "parameters"?',
    ],
    ['parameters in a list', { method: `${TIF}:says`, parameters: [1] }, 'The parameters of a task are an object'],
    [
      'a secret that is no text',
      { method: `${TIF}:says`, secretParameters: { token: 7 } },
      'secret.token: must be a text',
    ],
    [
      'a file that is not there',
      { method: `${TIF}:says`, file: { path: '/nowhere.xlsx' } },
      'there is no readable file /nowhere.xlsx',
    ],
  ])('%s', async (_, request, sentence) => refused(request, sentence));
});

describe('the start refuses a declared method', () => {
  class Some {
    static made(): void {}
    say(): void {}
  }
  test.each([
    ['Some', Some, 'must read Ns\\Class:method, or Ns\\Class::method for a static one.'],
    ['Some:', Some, 'must read Ns\\Class:method'],
    ['Ns/Some:say', Some, 'must read Ns\\Class:method'],
    ['\\Some:say', Some, 'must read Ns\\Class:method'],
    ['Some:::say', Some, 'must read Ns\\Class:method'],
    ['Some:say', 7, 'must be a class, and is a number.'],
    ['Some::say', Some, 'must be written with ":", as "say" of Some is not static.'],
    ['Some:made', Some, 'must be written with "::", as "made" of Some is static.'],
    ['Some:sing', Some, 'names a method "sing", which the class Some does not have.'],
    ['Some:constructor', Some, 'names a method "constructor"'],
    ['Some:toString', Some, 'names a method "toString"'],
    ['Some::bind', Some, 'names a method "bind"'],
    ['Some:say', () => 1, 'names a method "say"'],
  ])('%s', async (name, value, sentence) => {
    const booting = bootForTests({
      root: root.path,
      modules: { mine: { extension: { taskMethod: { [name]: value as never } } } },
    });
    await expect(booting).rejects.toThrow(`extension.taskMethod: "${name}" ${sentence}`);
  });

  test('names with digits and underscores are fine', async () => {
    class Report2 {
      v2_all(): void {}
    }
    const modules = { mine: { extension: { taskMethod: { 'App\\Report2:v2_all': Report2 } } } };
    await using kit = await bootForTests({ root: root.path, modules });
    expect(await ran(kit, await tasksOf(kit).add({ method: 'App\\Report2:v2_all' }))).toMatchObject({
      status: 'COMPLETED',
    });
  });
});

describe('the seven statuses:', () => {
  test('of a chain, the second waits, and runs when the first has succeeded', async () => {
    await using kit = await boot();
    const tasks = tasksOf(kit);
    const first = await tasks.add({
      method: `${TIF}::version`,
      next: { method: `${TIF}:says`, next: { method: `${TIF}::version` } },
    });
    const statuses = async () => (await tasks.list()).map(({ id, status }) => [id, status]).sort();
    expect(await statuses()).toEqual([
      [1, 'TO_RUN'],
      [2, 'WAITING'],
      [3, 'WAITING'],
    ]);
    await ran(kit, first);
    expect(await statuses()).toEqual([
      [1, 'COMPLETED'],
      [2, 'TO_RUN'],
      [3, 'WAITING'],
    ]);
    await ran(kit, 2);
    await ran(kit, 3);
    expect(await statuses()).toEqual([
      [1, 'COMPLETED'],
      [2, 'COMPLETED'],
      [3, 'COMPLETED'],
    ]);
  });

  test('the second stays waiting when the first fails, until somebody starts it', async () => {
    await using kit = await boot();
    const tasks = tasksOf(kit);
    await ran(kit, await tasks.add({ method: `${TIF}:throws`, next: { method: `${TIF}:says` } }));
    expect(await tasks.get(2)).toMatchObject({ status: 'WAITING' });
    expect(await tasks.cancelRunning()).toEqual([]);
    expect(await tasks.start(2)).toMatchObject({ status: 'TO_RUN' });
    expect(await ran(kit, 2)).toMatchObject({ status: 'COMPLETED' });
  });

  test('one that failed runs again with nothing left of its first run; one that succeeded does not', async () => {
    await using kit = await boot();
    const tasks = tasksOf(kit);
    const id = await tasks.add({ method: `${TIF}:throws` });
    const first = await ran(kit, id);
    kit.clock.advance(60_000);
    expect(await tasks.start(id)).toMatchObject({ status: 'TO_RUN', creationDate: first.creationDate });
    const second = await ran(kit, id);
    expect(second.logs.error).toHaveLength(1);
    expect(Date.parse(second.startdate ?? '') - Date.parse(first.startdate ?? '')).toBeGreaterThan(59_000);
    const done = await tasks.add({ method: `${TIF}:says` });
    await ran(kit, done);
    await expect(tasks.start(done)).rejects.toBeInstanceOf(ActionNotOfferedError);
  });

  test('what one run left is not the next one’s', async () => {
    await using kit = await boot();
    const tasks = tasksOf(kit);
    const id = await tasks.add({ method: `${TIF}:differs` });
    expect(await ran(kit, id)).toMatchObject({ status: 'FAILED', result: { step: 50 } });
    await tasks.start(id);
    expect(await ran(kit, id)).toMatchObject({ status: 'FAILED', result: { step: 10 }, logs: { warning: [] } });
    await tasks.start(id);
    const third = await ran(kit, id);
    expect(third.result).toEqual([
      ['error', 'Sortie de tâche sur une exception... the third time', { code: 'failed' }],
    ]);
    expect((await kit.progressManager.get(id))?.counts).toMatchObject({ processed: 0, total: 0 });
  });

  test('one whose worker stops is interrupted, and has not failed', async () => {
    await using kit = await bootForTests({ root: root.path, graceMs: 20 });
    const tasks = tasksOf(kit);
    const begun = join(root.path, 'begun');
    const id = await tasks.add({ method: `${TIF}:saysAndWaits`, parameters: { begun, until: '/nowhere' } });
    await kit.app.start();
    // Its status says so before its first slice does, and what has not begun is not interrupted.
    await until('it runs', () => existsSync(begun));
    expect(await tasks.get(id)).toMatchObject({ status: 'RUNNING' });
    await kit.app.stop();
    expect(await tasks.get(id)).toMatchObject({ status: 'INTERRUPTED' });
  });

  test.each<[string, Partial<Job>]>([
    ['WAITING', { status: 'new', waitsFor: 7 }],
    ['TO_RUN', { status: 'new' }],
    ['RUNNING', { status: 'in_progress' }],
    ['RUNNING', { status: 'paused', worker: 'host:1' }],
    ['WAITING', { status: 'paused' }],
    ['COMPLETED', { status: 'success' }],
    ['FAILED', { status: 'error', error: { code: 'failed', message: '' } }],
    ['FAILED', { status: 'error', error: { code: 'secret_unreadable', message: '' } }],
    ['INTERRUPTED', { status: 'error', error: { code: 'worker_lost', message: '' } }],
    ['CANCELLED', { status: 'cancelled' }],
    ['INTERRUPTED', { status: 'cancelled', startedAt: '2030-01-01T00:00:00.000Z' }],
  ])('%s is the job %j', (status, job) => {
    expect(statusOf(job as Job)).toBe(status);
  });

  test('what ends while all are cancelled is let be; any other error is told', async () => {
    const job = { number: 1, status: 'in_progress' };
    const cancelling = (cancelUnlessEnded: () => Promise<boolean>) =>
      new Tasks({ find: async () => ({ list: [job] }), cancelUnlessEnded } as never).cancelRunning();
    expect(await cancelling(async () => true)).toEqual([1]);
    expect(await cancelling(async () => false)).toEqual([]);
    await expect(cancelling(() => Promise.reject(new Error('no database')))).rejects.toThrow('no database');
  });

  test('a task that ends while it is being stopped says that it has', async () => {
    const seen = [
      { type: 'task', status: 'in_progress' },
      { type: 'task', status: 'success' },
    ];
    const tasks = new Tasks({ get: async () => seen.shift(), cancelUnlessEnded: async () => false } as never);
    expect(await tasks.stop(1)).toEqual({ error: "La tâche n'est pas en état [RUNNING], mais [COMPLETED]" });
  });

  test('why a task has failed is told, also beyond the lines that are shown', () => {
    const job = { status: 'error', error: { code: 'failed', message: 'boom' }, data: { caches: [] }, counts: {} };
    const view = (...messages: string[]) =>
      viewOf(
        job as never,
        messages.map((message) => ({ level: 'info', message }) as never),
        [],
      );
    expect(view('a').logs).toEqual({ error: [['boom']], warning: [], info: [['a']] });
    expect(view('a').result).toEqual([
      ['info', 'a'],
      ['error', 'boom'],
    ]);
    // It is among them.
    expect(view('boom').logs).toEqual({ error: [], warning: [], info: [['boom']] });
  });

  test('what is to run is cancelled, and can be started; one that was paused waits', async () => {
    await using kit = await boot();
    const tasks = tasksOf(kit);
    const [first, second] = [
      await tasks.add({ method: `${TIF}:says` }, { user: ANN }),
      await tasks.add({ method: `${TIF}:says` }),
    ];
    expect(await tasks.cancelRunning({ user: ANN })).toEqual([first]);
    expect(await tasks.get(first)).toMatchObject({ status: 'CANCELLED', startdate: null });
    expect(await tasks.start(first, { user: ANN })).toMatchObject({ status: 'TO_RUN', enddate: null });
    await kit.progressManager.pause(second);
    expect(await tasks.get(second)).toMatchObject({ status: 'WAITING' });
    expect(await tasks.start(second)).toMatchObject({ status: 'TO_RUN' });
    expect(await tasks.start(second)).toMatchObject({ status: 'TO_RUN' });
  });

  test('all of several hundred are cancelled', async () => {
    await using kit = await boot();
    const data = { method: `${TIF}:says`, parametres: {}, caches: [] };
    await kit.progressManager.pushMany(
      Array.from({ length: 450 }, () => ({ name: 'Says', type: 'task' as const, data })),
    );
    expect(await tasksOf(kit).cancelRunning()).toHaveLength(450);
    expect(await kit.progressManager.counts()).toMatchObject({ new: 0, cancelled: 450 });
  });

  test('only what runs is stopped', async () => {
    await using kit = await boot();
    const tasks = tasksOf(kit);
    const id = await tasks.add({ method: `${TIF}:says` });
    expect(await tasks.stop(id)).toEqual({ error: "La tâche n'est pas en état [RUNNING], mais [TO_RUN]" });
    await ran(kit, id);
    expect(await tasks.stop(id)).toEqual({ error: "La tâche n'est pas en état [RUNNING], mais [COMPLETED]" });
    expect(await tasks.get(id)).toMatchObject({ status: 'COMPLETED' });
  });
});

describe('hidden parameters', () => {
  test('are read by the method, and stand nowhere else, not even for their owner', async () => {
    await using kit = await boot();
    const tasks = tasksOf(kit);
    const id = await tasks.add({ method: `${TIF}:reveals`, secretParameters: { token: 'S3CRET' } }, { user: ANN });
    const task = await ran(kit, id);
    expect(task.parametresCaches).toEqual({ token: '[secret]' });
    expect(task.result).toEqual({ length: 6, token: '[secret]', printed: { token: '[secret]' } });
    expect(task.logs.info).toEqual([['has [secret]', { token: '[secret]' }]]);
    for (const table of ['progress_manager', 'progress_job_log'])
      expect(JSON.stringify(await kit.knex(table))).not.toContain('S3CRET');
    expect(JSON.stringify(kit.logged)).not.toContain('S3CRET');
  });
});

describe('signatures', () => {
  test('stand for the newest task that has them, though an older one is not finished', async () => {
    await using kit = await boot();
    const tasks = tasksOf(kit);
    const add = (signature: string) => tasks.add({ method: `${TIF}:says`, signature });
    const [older, newer, other] = [await add('s1'), await add('s1'), await add('s2')];
    await ran(kit, newer);
    expect(await tasks.statusBy({})).toEqual([]);
    const found = await tasks.statusBy({ signatures: ['s1', 'none'] });
    expect(found.map(({ id, status }) => [id, status])).toEqual([[newer, 'COMPLETED']]);
    expect((await tasks.statusBy({ ids: [older, 99], signatures: ['s2'] })).map(({ id }) => id)).toEqual([
      older,
      other,
    ]);
  });
});

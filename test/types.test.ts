import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Knex } from 'knex';
import {
  AbstractProgressManager,
  type AppContainer,
  boot,
  defineProgressManager,
  inject,
  type Job,
  type JobContext,
  type ProgressJob,
  type ProgressManager,
  type StatusActionInterface,
} from 'progress-manager';
import {
  bootForTests,
  killAfter,
  killAtStatement,
  type ScriptedProgressManager,
  scriptedJob,
  type TestApp,
} from 'progress-manager/testing';
import { expect, test } from 'vitest';

declare module 'progress-manager' {
  interface ProgressJobTypes {
    letters: { readonly ids: readonly number[] };
  }
}

const FILE = fileURLToPath(import.meta.url);
const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

/** What the compiler says of this file; an expected error that does not come is one. */
async function compiled(file: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pm-types-'));
  const config = {
    extends: join(REPOSITORY, 'tsconfig.json'),
    compilerOptions: { typeRoots: [join(REPOSITORY, 'node_modules/@types')] },
    include: [],
    files: [file],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(REPOSITORY, 'node_modules/.bin/tsc');
  const { stdout } = await promisify(execFile)(tsc, ['--noEmit', '-p', folder]).catch((error) => error);
  await rm(folder, { recursive: true, force: true });
  return stdout;
}

test('wrong use does not compile', { timeout: 120_000 }, async () => {
  const text = await readFile(FILE, 'utf8');
  expect(text.match(/^ +\/\/ @ts-expect-error \S/gm)?.length).toBeGreaterThanOrEqual(60);
  expect(await compiled(FILE)).toBe('');
});

test('a use that does compile is found, where an error is expected', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pm-types-'));
  const right = join(folder, 'right.mts');
  await writeFile(right, '// @ts-expect-error there is none\nexport const right: number = 1;\n');
  expect(await compiled(right)).toContain("Unused '@ts-expect-error' directive");
  await rm(folder, { recursive: true });
});

// Below, nothing is ever called.

function pushes(manager: ProgressManager): unknown[] {
  return [
    manager.push('Right', 'letters', { ids: [1] }, { key: 'k', onKey: 'join', priority: -5, runAt: new Date() }),
    manager.push('Of a type that nobody declared', 'whatever', { any: 'thing' }),
    // @ts-expect-error misspelt data
    manager.push('Letters', 'letters', { id: [1] }),
    // @ts-expect-error data of another type
    manager.push('Letters', 'letters', { ids: ['1'] }),
    // @ts-expect-error more data than the type has
    manager.push('Letters', 'letters', { ids: [1], colour: 'red' }),
    // @ts-expect-error a name that is no text
    manager.push(5, 'letters', { ids: [] }),
    // @ts-expect-error no type
    manager.push('Letters'),
    // @ts-expect-error an unknown option
    manager.push('Letters', 'letters', { ids: [] }, { prioriti: 1 }),
    // @ts-expect-error an option of another type
    manager.push('Letters', 'letters', { ids: [] }, { priority: 'high' }),
    // @ts-expect-error an unknown word
    manager.push('Letters', 'letters', { ids: [] }, { key: 'k', onKey: 'steal' }),
    // @ts-expect-error milliseconds are no time
    manager.push('Letters', 'letters', { ids: [] }, { runAt: Date.now() }),
    // @ts-expect-error one file instead of a list
    manager.push('Letters', 'letters', { ids: [] }, { files: 'a.csv' }),
    // @ts-expect-error a user without isAdmin
    manager.push('Letters', 'letters', { ids: [] }, {}, { user: { id: 'u1' } }),
    // @ts-expect-error a user that is only an id
    manager.push('Letters', 'letters', { ids: [] }, {}, { user: 'u1' }),
    // @ts-expect-error wrong data in a list
    manager.pushMany([{ name: 'Letters', type: 'letters', data: { ids: 'all' } }]),
    // @ts-expect-error a misspelt field of an entry
    manager.pushMany([{ nam: 'Letters', type: 'letters', data: { ids: [] } }]),
  ];
}

function looks(manager: ProgressManager, job: Job): unknown[] {
  // @ts-expect-error a job is read, not written
  job.progress = 5;
  return [
    manager.find({ status: ['new'], type: ['letters'], limit: 5 }),
    // @ts-expect-error one status instead of a list
    manager.find({ status: 'new' }),
    // @ts-expect-error no such status
    manager.find({ status: ['done'] }),
    // @ts-expect-error a misspelt filter
    manager.find({ limt: 5 }),
    // @ts-expect-error a number as a text
    manager.find({ limit: '5' }),
    // @ts-expect-error a misspelt option
    manager.wait(job.id, { timout: 5 }),
    // @ts-expect-error no job
    manager.wait({ id: job.id }),
    // @ts-expect-error several jobs are a list
    manager.wait([job.id]).then(({ status }) => status),
    // @ts-expect-error no action
    manager.act(job.id),
    // @ts-expect-error no name of a file
    manager.openFile(job.id),
    // @ts-expect-error no age
    manager.prune({}),
    // @ts-expect-error unfinished jobs are not pruned
    manager.prune({ days: 1, statuses: ['new'] }),
    // @ts-expect-error no such status
    job.status === 'done',
    // @ts-expect-error what a job was pushed with is not known here
    job.data.ids,
  ];
}

const NIGHTLY = defineProgressManager({
  schedule: { nightly: { cron: '30 2 * * *', type: 'letters', data: ({ time }) => ({ ids: [time.length] }) } },
});

function boots(container: AppContainer): unknown[] {
  return [
    boot({ root: '.', databaseUrl: 'sqlite::memory:', limit: 5 }),
    boot({ root: '.', databaseUrl: 'sqlite::memory:', modules: { nightly: NIGHTLY } }),
    // @ts-expect-error no database
    boot({ root: '.' }),
    // @ts-expect-error a misspelt option
    boot({ root: '.', databaseUrl: 'sqlite::memory:', limt: 5 }),
    // @ts-expect-error a number as a text
    boot({ root: '.', databaseUrl: 'sqlite::memory:', leaseMs: '5' }),
    container.get('progressManager').find(),
    // @ts-expect-error an unknown key
    container.get('nope'),
    // @ts-expect-error what has another type
    container.get('knex').push('Letters', 'letters'),
    // @ts-expect-error an unknown key
    inject('nope'),
  ];
}

class LettersProgressManager extends AbstractProgressManager<'letters'> {
  async executeProgressJob({ data }: ProgressJob<'letters'>, context: JobContext): Promise<boolean> {
    this.advance(1, data.ids.length);
    // @ts-expect-error misspelt data
    data.id;
    // @ts-expect-error an offset that is no number
    this.advance('1');
    // @ts-expect-error no such status
    this.setStatus('done');
    // @ts-expect-error data of another shape
    this.setData({ ids: 'all' });
    // @ts-expect-error a message that is no text
    this.setMessage({ text: 'x' });
    // @ts-expect-error a count that there is not
    this.setCounts({ good: 1 });
    // @ts-expect-error progress that is no number
    context.report('50 %');
    // @ts-expect-error no callback
    context.write(5);
    // @ts-expect-error a callback's answer would be lost
    context.write(() => 5);
    // @ts-expect-error what a transaction does not have
    context.write((transaction) => transaction.nope());
    // @ts-expect-error nothing to wait for: it runs after the slice
    await context.write(async () => undefined).then();
    // @ts-expect-error a child's data is of its type
    await context.addChild('Some', 'letters', { id: 1 });
    // @ts-expect-error a weight is a number
    await context.addChild('Some', 'letters', { ids: [1] }, { weight: '2' });
    // @ts-expect-error a misspelt option
    await context.addChild('Some', 'letters', { ids: [1] }, { wieght: 2 });
    // @ts-expect-error children are read one after the other
    context.children().length;
    // @ts-expect-error no content
    await context.files.append('letters.txt');
    // @ts-expect-error a file is named by what it was pushed with
    await context.files.read('letters.txt', 0, 100);
    return true;
  }
}

class WithoutMethods {}

class WithKnex extends LettersProgressManager {
  constructor(@inject('knex') readonly knex: Knex) {
    super();
  }
}

class Talkative extends AbstractProgressManager<'letters'> {
  // @ts-expect-error a slice answers true or false
  async executeProgressJob(): Promise<string> {
    return 'done';
  }
}

// @ts-expect-error an action does something when it is pressed
class HalfAnAction implements StatusActionInterface {
  getProgressStatusActionData(): Record<string, unknown> {
    return {};
  }
}

const CONFIGS = [
  defineProgressManager({ type: { letters: { service: WithKnex, action: { success: ['close'] } } } }),
  defineProgressManager({ type: { letters: { run: ({ data }) => data.ids.length } } }),
  // @ts-expect-error a misspelt key
  defineProgressManager({ typ: {} }),
  // @ts-expect-error a class and a function
  defineProgressManager({ type: { letters: { service: LettersProgressManager, run: () => 1 } } }),
  // @ts-expect-error neither a class nor a function
  defineProgressManager({ type: { letters: { label: 'Letters' } } }),
  // @ts-expect-error a name instead of a class
  defineProgressManager({ type: { letters: { service: 'LettersProgressManager' } } }),
  // @ts-expect-error an instance instead of a class
  defineProgressManager({ type: { letters: { service: new LettersProgressManager() } } }),
  // @ts-expect-error a class that does no slices
  defineProgressManager({ type: { letters: { service: WithoutMethods } } }),
  // @ts-expect-error misspelt data
  defineProgressManager({ type: { letters: { run: ({ data }) => data.id } } }),
  // @ts-expect-error no such status
  defineProgressManager({ type: { letters: { run: () => 1, action: { done: ['close'] } } } }),
  // @ts-expect-error one action instead of a list
  defineProgressManager({ type: { letters: { run: () => 1, action: { success: 'close' } } } }),
  // @ts-expect-error a number as a text
  defineProgressManager({ type: { letters: { run: () => 1, retry: { attempts: '5' } } } }),
  // @ts-expect-error an unknown word
  defineProgressManager({ type: { letters: { run: () => 1, whenWorkerLost: 'again' } } }),
  // @ts-expect-error an unknown word
  defineProgressManager({ type: { letters: { run: () => 1, isolation: 'thread' } } }),
  // @ts-expect-error nobody but users and admins
  defineProgressManager({ type: { letters: { run: () => 1, access: { start: 'guests' } } } }),
  // @ts-expect-error no schema
  defineProgressManager({ type: { letters: { run: () => 1, schema: 'letters' } } }),
  // @ts-expect-error an action is a class
  defineProgressManager({ actionService: { download: () => 1 } }),
  // @ts-expect-error no such status
  defineProgressManager({ statusAction: { finished: ['close'] } }),
];

function tests(kit: TestApp, service: ScriptedProgressManager): unknown[] {
  return [
    kit.runJob('letters', { ids: [1] }, { kill: killAfter(1), userId: 'u1' }),
    // @ts-expect-error wrong data
    kit.runJob('letters', { ids: 'all' }),
    // @ts-expect-error a misspelt option
    kit.runJob('letters', { ids: [] }, { repeatWrite: true }),
    // @ts-expect-error a kill is made by killAfter or killAtStatement
    kit.runJob('letters', { ids: [] }, { kill: 5 }),
    // @ts-expect-error nothing to hold the outcome against
    kit.survivesEveryKill('letters', { ids: [] }),
    // @ts-expect-error wrong data
    kit.survivesEveryKill('letters', { id: [] }, () => undefined),
    // @ts-expect-error milliseconds are a number
    kit.clock.advance('1 s'),
    // @ts-expect-error before or after
    killAtStatement(1, 'behind'),
    // @ts-expect-error no such step
    scriptedJob(['OKAY']),
    // @ts-expect-error the clock is the kit's
    bootForTests({ root: '.', boundNow: () => '2030-01-01' }),
    // @ts-expect-error no such status
    service.setStatus('done'),
  ];
}

void [pushes, looks, boots, tests, CONFIGS, Talkative, HalfAnAction];

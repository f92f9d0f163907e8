import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { boot } from 'progress-manager';
import { bootForTests, killAfter, killAtStatement, scriptedJob, TestClock } from 'progress-manager/testing';
import { describe, expect, test } from 'vitest';
import { TEST_MODULES } from '../support/boot-for-tests.js';
import { describeKit } from './kit-suite.js';
import { COUNTED, copied, GREETING, MODULES, makeTable, NAMES } from './modules.js';

describe('SQLite in memory', () => describeKit());

test('a core for tests needs modules, from a folder or in hand, and knows its options', async () => {
  await expect(bootForTests({})).rejects.toThrow('bootForTests: give "root"');
  await expect(bootForTests({ modules: MODULES, beatMS: 5 } as never)).rejects.toThrow('Did you mean "beatMs"?');
  await expect(bootForTests({ root: '/nowhere' })).rejects.toThrow('root is /nowhere, which is not there');
});

test('it prints nothing, keeps what was logged, and takes its files with it', async () => {
  const kit = await bootForTests({ modules: MODULES });
  await kit.runJob('throws');
  expect(kit.logged).toContainEqual(expect.objectContaining({ level: 'info', message: 'job ended' }));
  await kit.close();
  await expect(boot({ root: kit.filesDir, databaseUrl: 'sqlite::memory:' })).rejects.toThrow('which is not there');
  await expect(kit.push('steps')).rejects.toThrow();
});

test('a scripted job does its steps', async () => {
  await using kit = await bootForTests({ modules: MODULES });
  expect((await kit.runJob('throws')).job).toMatchObject({ status: 'error', offset: 1, error: { code: 'failed' } });
  expect((await kit.runJob('fails')).job).toMatchObject({ status: 'error', error: { message: 'The script says so.' } });
  expect((await kit.runJob('idle')).slices).toMatchObject([{ offset: 1 }, { outcome: 'not_now' }, { offset: 2 }]);
  expect((await kit.runJob('hangs')).job).toMatchObject({ status: 'error', error: { code: 'too_long' } });
  expect((await kit.runJob('empty')).job).toMatchObject({ status: 'success', progress: 100 });
  expect(() => scriptedJob(['OKAY' as 'OK'])).toThrow('there is no step "OKAY". Known: OK, NOT_NOW');
});

test('files that a job reads are uploaded for it', async () => {
  await using kit = await bootForTests({ modules: MODULES });
  const job = await kit.push('steps', {}, { uploads: { 'a.csv': 'a,b', 'b.bin': new Uint8Array([1, 2]) } });
  expect(job.inputs).toMatchObject([
    { name: 'a.csv', size: 3 },
    { name: 'b.bin', size: 2 },
  ]);
});

test("what a test gives stands for a module's service, with every worker; not for core's", async () => {
  const crmClient = { nameOf: async (id: number) => `Ada ${id}` };
  await using kit = await bootForTests({ modules: GREETING, services: { crmClient } });
  const { job, deaths } = await kit.runJob('greet', {}, { kill: killAfter(0) });
  expect({ message: job.message, deaths }).toEqual({ message: 'Hello Ada 5', deaths: 1 });
  expect(kit.app.container.get('crmClient')).toBe(crmClient);
  expect((await kit.survivesEveryKill('greet', {}, ({ job }) => job.message)).kills).toBeGreaterThan(2);
  await using real = await bootForTests({ modules: GREETING });
  expect((await real.runJob('greet')).job.error?.message).toContain('far away');
  // @ts-expect-error core's keys are nobody's to give
  await expect(bootForTests({ modules: GREETING, services: { knex: 5 } })).rejects.toThrow('"knex" has an owner');
  // @ts-expect-error what is given has the type of its key
  void (() => bootForTests({ services: { crmClient: { nameOf: () => 5 } } }));
});

test('a total that is counted beside the work is there before the slice, in each run of a sweep', async () => {
  await using kit = await bootForTests({ modules: COUNTED });
  const { job, statements } = await kit.runJob('uneven');
  expect(job.counts).toMatchObject({ processed: 210, total: 420 });
  expect(statements.filter((sql) => sql.startsWith('SELECT 1') || sql.startsWith('SELECT 420'))).toEqual([
    'SELECT 420',
    'SELECT 1',
  ]);
  const { kills } = await kit.survivesEveryKill('uneven', {}, ({ statements }) => statements.length > 2);
  expect(kills).toBeGreaterThan(4);
});

test('a job is carried by its id, its number, or what has one', async () => {
  await using kit = await bootForTests({ modules: MODULES });
  const pushed = await kit.progressManager.push('Whole', 'whole');
  const wholes = [pushed, pushed.id, pushed.number, { id: pushed.id }, await kit.push('whole')];
  for (const whole of wholes) expect((await kit.carry(whole)).job.status).toBe('success');
  await expect(kit.carry({ id: 'nowhere' })).rejects.toThrow("There is no job 'nowhere' to carry.");
  await expect(kit.carry({} as never)).rejects.toThrow('There is no job undefined to carry.');
});

test('secrets are sealed with a key of the kit, which another core for tests has too', async () => {
  let seen: string | undefined;
  const keeping = scriptedJob((service, _job, { secret }) => {
    seen = secret.token?.reveal();
    service.advance(1, 1);
    return true;
  });
  const modules = { keeping: { type: { keeping } } };
  await using kit = await bootForTests({ modules });
  expect((await kit.runJob('keeping', {}, { secret: { token: 'first-token' } })).job.status).toBe('success');
  expect(seen).toBe('first-token');
  const databaseUrl = `sqlite:${kit.filesDir}/test.sqlite`;
  await using first = await bootForTests({ modules, databaseUrl });
  const { number } = await first.push('keeping', {}, { secret: { token: 'other-token' } });
  await using second = await bootForTests({ modules, databaseUrl });
  expect((await second.carry(number)).job.status).toBe('success');
  expect(seen).toBe('other-token');
  await using without = await bootForTests({ modules, secretKeys: [] });
  await expect(without.push('keeping', {}, { secret: { token: 'first-token' } })).rejects.toThrow('There is no key');
});

test('jobs that other jobs push are carried beside it', async () => {
  await using kit = await bootForTests({ modules: MODULES });
  const other = await kit.push('steps', {}, { isHidden: true });
  await kit.runJob('steps');
  expect((await kit.progressManager.get(other.number))?.status).toBe('success');
});

test('a database of its own, in a file, is killed and goes on as well', async () => {
  await using kit = await bootForTests({ modules: MODULES });
  const databaseUrl = `sqlite:${kit.filesDir}/test.sqlite`;
  await using onFile = await bootForTests({ modules: MODULES, databaseUrl });
  await makeTable(onFile);
  expect(await onFile.runJob('copy', NAMES, { kill: killAfter(1) })).toMatchObject({ deaths: 1 });
  expect(await copied(onFile)).toEqual(['a', 'b']);
  await expect(onFile.survivesEveryKill('copy', NAMES, () => 0)).rejects.toThrow('each run needs an empty database');
});

test('jobs stay in this process, where they are seen, also when a worker has died in them', async () => {
  await using kit = await bootForTests({ modules: MODULES });
  const databaseUrl = `sqlite:${kit.filesDir}/inline.sqlite`;
  await using inline = await bootForTests({ root: TEST_MODULES, databaseUrl });
  const { slices, deaths } = await inline.runJob('scripted', {}, { kill: killAfter(1) });
  expect(slices.map(({ offset }) => offset)).toEqual([1, 2, 3]);
  expect(deaths).toBe(1);
});

test('a dead worker does not keep the process: it waits for no connection', { timeout: 120_000 }, async () => {
  const program = fileURLToPath(new URL('ends-by-itself.ts', import.meta.url));
  const words = ['--import', 'tsx', '--conditions=progress-manager-source', program];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  expect(Number(stdout), 'ms from the end of the test to the end of the process').toBeLessThan(5000);
});

test('the beat rests unless a test wants it, so that statements are counted alike', async () => {
  const modules = { slow: { type: { slow: { run: () => new Promise((resolve) => setTimeout(resolve, 300)) } } } };
  const beats = async (options: object) => {
    await using kit = await bootForTests({ modules, ...options });
    const { statements } = await kit.runJob('slow');
    return statements.filter((sql) => /lease_version/.test(sql) && /^SELECT/i.test(sql)).length;
  };
  expect(await beats({ beatMs: 50 })).toBeGreaterThan(await beats({}));
});

test('a sweep over too many statements says so', async () => {
  await using kit = await bootForTests({ modules: MODULES });
  const names = Array.from({ length: 100 }, (_, index) => `n${index}`);
  await expect(kit.survivesEveryKill('copy', { names }, () => 0, { prepare: makeTable })).rejects.toThrow(
    /sends \d+ statements, and would be run twice for each/,
  );
});

test('a number that is none is refused at once', () => {
  expect(() => killAfter(-1)).toThrow('killAfter: -1 is no whole number from 0 on.');
  expect(() => killAtStatement(0)).toThrow('killAtStatement: 0 is no whole number from 1 on.');
  expect(() => killAtStatement(1, 'behind' as 'after')).toThrow('"before" or "after"');
  expect(() => new TestClock().advance(-1)).toThrow('-1 is no whole number of milliseconds');
  expect(() => new TestClock().advanceTo('soon')).toThrow('The clock cannot stand at "soon"');
});

test('the clock stands still, moves on, and never back', () => {
  const clock = new TestClock('2030-01-01T00:00:00Z');
  clock.advance(1500);
  expect(clock.bound()).toBe('2030-01-01 00:00:01.500');
  clock.advanceTo('2029-01-01T00:00:00Z');
  expect(clock.now.toISOString()).toBe('2030-01-01T00:00:01.500Z');
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigurationError, OwnServices } from 'progress-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootForTests } from '../../support/boot-for-tests.js';
import { until } from '../../support/until.js';
import { openWild, WILD_ROOT } from './open-wild.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pm-where-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function resultOf(options: Parameters<typeof openWild>[0]) {
  const said: string[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (_: object, message: string) => void said.push(message) };
  await using wild = await openWild({ ...options, logger });
  await wild.app.start();
  const { id } = await wild.manager.push('A job', 'wild-run');
  const { status, result } = await wild.ended(id);
  return { said, status, isHere: (result as { pid: number }).pid === process.pid };
}

test('on a database in memory it runs here, and the log says why', async () => {
  const { said, status, isHere } = await resultOf({ databaseUrl: 'sqlite::memory:' });
  expect({ status, isHere }).toEqual({ status: 'success', isHere: true });
  expect(said).toContainEqual(expect.stringContaining('memory is of one process only'));
});

test('beside services that cannot be handed on it runs here, and the log says what to do', async () => {
  const { said, isHere } = await resultOf({ services: { mailer: {} } as Partial<OwnServices> });
  expect(isHere).toBe(true);
  expect(said).toContainEqual(expect.stringContaining('servicesFrom'));
});

test.each([
  ['an object', 'export default { mailer: { name: "post" } };'],
  ['a function', 'export default async () => ({ mailer: { name: "post" } });'],
])('services from a module (%s) are in the container, and do not keep jobs from a child process', async (_, text) => {
  const servicesFrom = join(folder, `${_.replace(' ', '-')}.mjs`);
  await writeFile(servicesFrom, text);
  const { said, isHere } = await resultOf({ servicesFrom });
  expect({ said, isHere }).toEqual({ said: [], isHere: false });
  await using test = await bootForTests({ root: WILD_ROOT, servicesFrom });
  expect(test.app.container.get('mailer' as 'logger')).toEqual({ name: 'post' });
});

test.each([
  ['none.mjs', undefined, /could not be loaded/],
  ['nothing.mjs', 'export const mailer = {};', /gives no services.*export default/],
  ['throws.mjs', 'export default () => { throw new Error("no post"); };', /no post/],
  ['taken.mjs', 'export default { logger: {} };', /"logger" has an owner/],
])('a module of services that is none (%s) is a fault of configuration', async (name, text, said) => {
  const servicesFrom = join(folder, name);
  if (text !== undefined) await writeFile(servicesFrom, text);
  const refused = await bootForTests({ root: WILD_ROOT, servicesFrom }).catch((error: ConfigurationError) => error);
  expect(refused).toMatchObject({ code: 'configuration', message: expect.stringMatching(said) });
});

test('a job whose process cannot begin has not begun: it waits, also when its type cannot resume', async () => {
  const servicesFrom = join(folder, 'only-here.mjs');
  await writeFile(
    servicesFrom,
    'export default () => { if (/child[.][jt]s$/.test(process.argv[1])) throw new Error("no post"); return {}; };',
  );
  const said: [object, string][] = [];
  const error = (fields: object, message: string) => void said.push([fields, message]);
  await using wild = await openWild({ servicesFrom, logger: { debug() {}, info() {}, warn() {}, error } });
  const id = await wild.push('one-shot', { slices: 1 });
  await wild.app.start();
  await until('it is put off', async () => Number((await wild.row(id)).refusals) === 1, 15_000);
  expect(await wild.row(id)).toMatchObject({ status: 'in_progress', lease_owner: null, child_deaths: 0, error: null });
  expect(said).toContainEqual([{ job: 1, error: expect.stringContaining('no post') }, expect.any(String)]);
});

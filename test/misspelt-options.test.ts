import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BootOptions, boot, ConfigurationError, InvalidInputError } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { openScripted } from './fixtures/scripted/open-scripted.js';

describe('boot refuses, before it opens a database,', () => {
  test.each<[string, object, string]>([
    ['an unknown option', { intervalMS: 5 }, 'boot: there is no option "intervalMS". Did you mean "intervalMs"?'],
    [
      'no place for a slice',
      { limit: 0 },
      'boot: limit must be a whole number from 1 to 1000 (slices at once); it is 0.',
    ],
    ['half a slice', { limit: 1.5 }, 'boot: limit must be a whole number'],
    ['a time that is a text', { leaseMs: '30000' }, 'boot: leaseMs must be a whole number'],
    ['a negative time', { graceMs: -1 }, 'boot: graceMs must be'],
    ['a beat of 0', { beatMs: 0 }, 'boot: beatMs must be'],
    [
      'a lease shorter than three beats',
      { leaseMs: 299, beatMs: 100 },
      'boot: leaseMs must be at least 3 × beatMs: the lease is renewed by the beat at each third; it is 299, and beatMs is 100.',
    ],
    ['a lease shorter than three of the usual beats', { leaseMs: 2999 }, 'it is 2999, and beatMs is 1000.'],
    ['a beat too slow for the usual lease', { beatMs: 10_001 }, 'it is 30000, and beatMs is 10001.'],
    ['a flag that is none', { migrate: 'yes' }, 'boot: migrate must be true or false.'],
    [
      'a logger without levels',
      { logger: { info() {} } },
      'boot: logger must be an object with debug, info, warn and error.',
    ],
    ['services in a list', { services: [] }, 'boot: services must be an object.'],
    ['modules in a list', { modules: [] }, 'boot: modules must be an object.'],
    ['a root that does not exist', { root: '/nowhere/at/all' }, 'boot: root is /nowhere/at/all, which is not there.'],
    ['no root', { root: undefined }, 'boot: root is missing.'],
    ['no database', { databaseUrl: undefined }, 'boot: databaseUrl is missing.'],
  ])('%s', async (_, options, sentence) => {
    const given = { root: process.cwd(), databaseUrl: 'sqlite::memory:', ...options } as BootOptions;
    await expect(boot(given)).rejects.toThrow(ConfigurationError);
    await expect(boot(given)).rejects.toThrow(sentence);
  });

  test('a root that is a file, and names every fault at once', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'pm-root-')), 'modules');
    await writeFile(file, '');
    const refused = await boot({ root: file, databaseUrl: 'sqlite::memory:', limit: 0 }).catch((error) => error);
    expect(refused.faults).toEqual([
      expect.stringContaining('limit must be'),
      `boot: root is ${file}, which is no folder. Give the folder that holds "modules".`,
    ]);
  });

  test('but takes a lease of three beats', async () => {
    await using scripted = await openScripted({ leaseMs: 300, beatMs: 100 });
    expect(await scripted.carried(await scripted.push())).toMatchObject({ status: 'in_progress' });
  });

  test('a lease that is no number with one fault, not two', async () => {
    const wrong = { root: process.cwd(), databaseUrl: 'sqlite::memory:', leaseMs: 5, beatMs: 5000 };
    expect((await boot(wrong).catch((error) => error)).faults).toEqual([
      expect.stringContaining('leaseMs must be a whole'),
    ]);
  });

  test('nothing at all', async () => {
    await expect(boot(undefined as never)).rejects.toThrow('boot: the options are missing.');
  });
});

test('a config that is handed over is checked and merged as one in a folder', async () => {
  const modules = { notes: { type: { note: { run: () => 'written' } } } };
  await using scripted = await openScripted({ modules });
  const number = await scripted.push('note');
  expect(await scripted.carried(number)).toMatchObject({ status: 'success', result: 'written' });
  const message = expect.stringContaining('run inside this process: the configs in "modules" cannot be handed');
  const databaseUrl = `sqlite:${scripted.filesDir}/other.sqlite`;
  const caged = { notes: { type: { note: { run: () => 'written', isolation: 'process' as const } } } };
  await using inline = await openScripted({ modules: caged, databaseUrl });
  expect(inline.logged).toContainEqual({ level: 'warn', fields: { types: ['note'] }, message });
  const wrong = { notes: { typ: {} }, more: { type: { scripted: { run: () => 1 } } } };
  const refused = await openScripted({ modules: wrong as never }).catch((error) => error);
  expect(refused.faults).toEqual([
    'the module "notes" given to boot: the config has an unknown key "typ". Did you mean "type"?',
    expect.stringMatching(/Two modules own the job type "scripted": .* and the module "more" given to boot/),
  ]);
});

test.each<[string, (manager: Awaited<ReturnType<typeof openScripted>>['manager']) => Promise<unknown>, RegExp]>([
  ['find', (manager) => manager.find({ limt: 5 } as never), /^limt: .*Did you mean "limit"\?/],
  [
    'find',
    (manager) => manager.find({ user: 'u1' } as never),
    /^user: is nothing to find jobs by\. Did you mean "userId"\?/,
  ],
  ['find', (manager) => manager.find({ newestOfGroup: 's1' } as never), /^newestOfGroup: must be a list, for example/],
  ['find', (manager) => manager.find({ newestOfGroup: [7] } as never), /^newestOfGroup: must be a list of texts/],
  [
    'find',
    (manager) => manager.find({ newestOfGroup: Array<string>(201).fill('s') }),
    /^newestOfGroup: names 201; 200 are allowed/,
  ],
  ['find', (manager) => manager.find({ q: 5 } as never), /^q: must be a text/],
  ['find', (manager) => manager.find({ q: 'x'.repeat(60_000) }), /^q: is longer than 255 characters/],
  ['find', (manager) => manager.find({ key: 7 } as never), /^key: must be a text/],
  ['find', (manager) => manager.find({ schedule: ['nightly'] } as never), /^schedule: must be a text/],
  ['find', (manager) => manager.find({ numbers: ['1'] } as never), /^numbers: must be a list of whole numbers/],
  ['findVersions', (manager) => manager.findVersions({ stauts: [] } as never), /Did you mean "status"\?/],
  ['wait', (manager) => manager.wait([], { timout: 5 } as never), /^timout: .*Did you mean "timeout"\?/],
  ['wait', (manager) => manager.wait([], 5 as never), /^options: must be an object/],
  ['wait', (manager) => manager.wait([], { signal: true } as never), /^signal: must be an AbortSignal/],
  ['push', (manager) => manager.push('A', 'other', {}, { onKey: 'join' }), /^onKey: .*there is no "key"/],
  ['push', (manager) => manager.push('A', 'other', {}, { key: 'k', onKey: 'jion' } as never), /^onKey: must be/],
  ['prune', (manager) => manager.prune({ days: 0, statusses: ['error'] } as never), /Did you mean "statuses"\?/],
])('%s refuses a misspelt option with a sentence', async (_, call, sentence) => {
  await using scripted = await openScripted();
  const refused = await call(scripted.manager).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(InvalidInputError);
  expect((refused as Error).message).toMatch(sentence);
});

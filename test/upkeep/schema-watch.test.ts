import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SchemaWatch } from '../../core/upkeep/schema-watch.js';
import { openScripted, type Scripted, script } from '../fixtures/scripted/open-scripted.js';
import { until } from '../support/until.js';

const HISTORY = 'progress_manager_migrations';
const migratedTo = ({ knex }: Scripted, name: string) => knex(HISTORY).insert({ name, batch: 99 });

test('a worker from which a newer version took something away ends its slice and begins no other', async () => {
  await using scripted = await openScripted();
  const { app, manager, job, logged } = scripted;
  const goOn = new EventTarget();
  script.slice = async (service, { offset }) => {
    if (offset === 0) await once(goOn, 'now');
    service.advance(offset + 1, 2);
    return true;
  };
  const number = await scripted.push();
  await app.start();
  await until('a slice that runs', async () => (await job(number)).status === 'in_progress');
  await migratedTo(scripted, '0098-more');
  await migratedTo(scripted, '0099-lean-contract');
  await until('the word of it', () => logged.some(({ message }) => message.includes('newer version')));
  expect(logged.find(({ message }) => message.includes('newer version'))?.fields).toEqual({
    migrations: ['0099-lean-contract'],
  });
  goOn.dispatchEvent(new Event('now'));
  await until('its leaving', async () => (await manager.workers()).length === 0);
  expect(await job(number)).toMatchObject({ status: 'in_progress', offset: 1, worker: undefined });
  // The process goes on, and its worker does not.
  const later = await scripted.push();
  await sleep(500);
  expect((await job(later)).status).toBe('new');
});

test('looks follow one another until it is stopped, also when one fails, and then nothing is said', async () => {
  let looks = 0;
  const { watch, warned } = watching(async () => {
    looks++;
    throw new Error('The database is away.');
  });
  watch.start(async () => undefined);
  await until('looks', () => looks > 2);
  watch.stop();
  expect(warned.length).toBeGreaterThan(1);
  const [then, warnedThen] = [looks, warned.length];
  await sleep(100);
  expect([looks, warned.length]).toEqual([then, warnedThen]);
});

test('a look that hangs is waited for, and says nothing once the database was closed', async () => {
  let looks = 0;
  let fail = (_: Error): void => undefined;
  const { watch, warned } = watching(() => {
    looks++;
    return new Promise((_resolve, reject) => {
      fail = reject;
    });
  });
  watch.start(async () => undefined);
  await until('a look', () => looks === 1);
  await sleep(100);
  expect(looks).toBe(1);
  watch.stop();
  fail(new Error('The pool was destroyed.'));
  await sleep(20);
  expect(warned).toEqual([]);
});

test('a worker that cannot retire says so, and is not asked again', async () => {
  let retired = 0;
  const { watch, failed } = watching(async () => ['0099-lean-contract']);
  watch.start(async () => {
    retired++;
    throw new Error('on purpose');
  });
  await until('the word of it', () => failed.length === 2);
  await sleep(100);
  expect(retired).toBe(1);
  expect(failed[1]).toMatch(/could not retire; stop this process/);
});

test('nothing starts on tables from which a newer version took what it works with', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pm-outgrown-'));
  const databaseUrl = `sqlite:${join(folder, 'jobs.sqlite')}`;
  try {
    await using first = await openScripted({ databaseUrl });
    await migratedTo(first, '0099-lean-contract');
    await expect(openScripted({ databaseUrl, migrate: false })).rejects.toThrow(
      /newer version.*taken away.*0099-lean-contract.*Install the newest version/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

function watching(outgrownBy: () => Promise<readonly string[]>) {
  const [warned, failed]: [string[], string[]] = [[], []];
  const logger = {
    ...{ debug: () => undefined, info: () => undefined },
    warn: (_fields: object, message: string) => void warned.push(message),
    error: (_fields: object, message: string) => void failed.push(message),
  };
  return { watch: new SchemaWatch({ outgrownBy, logger, lookMs: 10 }), warned, failed };
}

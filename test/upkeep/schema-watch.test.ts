import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openScripted, type Scripted, script } from '../fixtures/scripted/open-scripted.js';
import { until } from '../support/until.js';

const HISTORY = 'progress_manager_migrations';
/** Longer than two looks at the tables, ms. */
const LOOKED_MS = 11_000;

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

test('a worker goes on while a newer version has only added something', async () => {
  await using scripted = await openScripted();
  await scripted.app.start();
  await migratedTo(scripted, '0098-more');
  await sleep(LOOKED_MS);
  const number = await scripted.push();
  await until('its end', async () => (await scripted.job(number)).status === 'success');
}, 30_000);

test('nothing starts on tables from which a newer version took what it works with', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pm-outgrown-'));
  const databaseUrl = `sqlite:${join(folder, 'jobs.sqlite')}`;
  try {
    await using first = await openScripted({ databaseUrl });
    await migratedTo(first, '0099-lean-contract');
    await expect(openScripted({ databaseUrl, migrate: false })).rejects.toThrow(
      /taken away.*0099-lean-contract.*Install that version/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

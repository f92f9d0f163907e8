import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { door } from '../fixtures/scripted/door.js';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';
import { until } from '../support/until.js';

/** A SQLite file of its own for one test. */
async function emptyFile() {
  const folder = await mkdtemp(join(tmpdir(), 'pm-two-boots-'));
  return {
    databaseUrl: `sqlite:${join(folder, 'jobs.sqlite')}`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

test('a second application of one process leaves the first one its leases', async () => {
  await using file = await emptyFile();
  await using first = await openScripted({ databaseUrl: file.databaseUrl });
  const number = await first.push('scripted_run');
  await first.app.start();
  const { waiting, pass, open } = door();
  const begin = (run: typeof script.run) => {
    script.run = run;
  };
  begin((job) => pass(job.number));
  await until('the function', () => waiting.size === 1);

  await using second = await openScripted({ databaseUrl: file.databaseUrl });
  await second.app.start();
  await new Promise((resolve) => setTimeout(resolve, 300));
  open();
  await until('the end', async () => (await first.job(number)).finishedAt);
  const { tokenStep } = first.app.container.get('jobStore');
  expect(await second.row(number)).toMatchObject({ status: 'success', crash_count: 0, lease_version: tokenStep });
});

test('what a process before this one held, with the same pid, is due at once', async () => {
  await using file = await emptyFile();
  const before = await openScripted({ databaseUrl: file.databaseUrl });
  const number = await before.push();
  await before.carried(number);
  await before.change(number, {
    lease_owner: `${hostname()}:${process.pid}/dead/claim`,
    due_at: '2999-01-01 00:00:00.000',
  });
  await before[Symbol.asyncDispose]();

  await using after = await openScripted({ databaseUrl: file.databaseUrl });
  await after.carried(number);
  expect(await after.row(number)).toMatchObject({ progress_offset: 2 });
});

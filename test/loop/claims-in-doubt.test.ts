import { afterEach, expect, test, vi } from 'vitest';
import { Database } from '../../core/store/database.js';
import { KnexJobStore } from '../../core/store/knex-job-store.js';
import { openScripted, type Scripted, script } from '../fixtures/scripted/open-scripted.js';
import { brokenConnection } from '../support/database-fault.js';
import { until } from '../support/until.js';

afterEach(() => void vi.restoreAllMocks());

/** Carries the next claim out, and loses its answer. */
function loseNextClaim(): void {
  const send = Database.prototype.changeAgain;
  let isLost = false;
  vi.spyOn(Database.prototype, 'changeAgain').mockImplementation(async function (this: Database, ...statement) {
    const changed = await send.apply(this, statement);
    if (isLost || !statement[0].includes('SET crash_count')) return changed;
    isLost = true;
    return brokenConnection();
  });
}

const looksFailed = ({ logged }: Scripted) => logged.filter(({ message }) => message.includes('could not look')).length;

/** How often another worker that takes the job takes it for abandoned by a dead one. */
async function crashesSeen(scripted: Scripted): Promise<number | undefined> {
  const other = new KnexJobStore(scripted.app.container.get('database'));
  const request = { worker: 'other:1/a', types: ['scripted_run'], limit: 1, leaseMs: 1000 };
  return (await other.claim(request)).jobs[0]?.crashCount;
}

test('a stop gives back what a claim took whose answer was lost', async () => {
  await using scripted = await openScripted({ leaseMs: 300, intervalMs: 5000 });
  script.run = () => expect.unreachable('it never began');
  await scripted.push('scripted_run');
  loseNextClaim();
  await scripted.app.start();
  await until('the lost answer', () => looksFailed(scripted) === 1);
  expect(await scripted.app.stop()).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 350));
  expect(await crashesSeen(scripted)).toBe(0);
});

test('however often looks failed before, a claim in doubt is given back within its lease', async () => {
  await using scripted = await openScripted({ leaseMs: 1000, intervalMs: 300, beatMs: 100 });
  let runs = 0;
  script.run = () => void runs++;
  const rows = Database.prototype.rows;
  let failures = 4;
  vi.spyOn(Database.prototype, 'rows').mockImplementation(async function (this: Database, sql, ...more) {
    if (sql.includes('AS t0') && failures-- > 0) return brokenConnection();
    return rows.call(this, sql, ...more) as never;
  });
  const number = await scripted.push('scripted_run');
  loseNextClaim();
  await scripted.app.start();
  expect(await scripted.manager.wait(number, { timeout: 10_000 })).toMatchObject({ status: 'success' });
  expect(runs).toBe(1);
  expect(await scripted.row(number)).toMatchObject({ crash_count: 0 });
});

import { expect, test, vi } from 'vitest';
import type { NewJob } from '../../../core/contracts/job-store.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { Database } from '../../../core/store/database.js';
import { databaseFault } from '../../support/database-fault.js';
import { ANN, BACK, BOB, FAILURE, newJob, SUCCESS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** Jobs that start when another one succeeds. */
export function chainsContract(at: StoreUnderTest): void {
  /** Numbers of a job and of those that wait for it. */
  const chained = async (...next: Partial<NewJob>[]): Promise<number[]> => {
    const inserted = await at.store.insert(newJob({ next: next.map(newJob) }));
    if (!inserted.created) throw new Error('It was there already.');
    return [inserted.job.number, ...(inserted.next ?? []).map(({ number }) => number)];
  };

  test('a job that waits is there, not due and not claimed, and says what it waits for', async () => {
    const [first, second] = (await chained({ name: 'Then' })) as [number, number];
    expect(await at.job(second)).toMatchObject({ name: 'Then', status: 'new', dueAt: undefined, waitsFor: first });
    expect(await at.claimNumbers()).toEqual([first]);
    at.pass(60_000 * 60);
    expect(await at.claimNumbers({ worker: 'host:2/b' })).not.toContain(second);
  });

  test.each([
    ['recorded alone', async (lease: Lease) => at.store.record(lease, SUCCESS, BACK)],
    [
      'recorded with writes',
      async (lease: Lease) => at.store.recordWith(lease, async () => ({ slice: SUCCESS, leave: BACK })),
    ],
  ])('all that wait start when a success is %s', async (_, record) => {
    const [first, second, third] = (await chained({}, {})) as [number, number, number];
    const other = await at.running({ type: 'move' });
    const lease = await at.take(first);
    const answers = await Promise.all([record(lease), at.store.record(other, SUCCESS, BACK)]);
    expect(answers).toEqual(['recorded', 'recorded']);
    expect(await at.job(second)).toMatchObject({ waitsFor: undefined, status: 'new' });
    expect(await at.claimNumbers()).toEqual([second, third]);
  });

  test('a slice that is not the last, an error and a cancel start nothing; a retry that succeeds does', async () => {
    const [first, second] = (await chained({})) as [number, number];
    let lease = await at.take(first);
    expect(await at.store.record(lease, slice(), BACK)).toBe('recorded');
    lease = await at.take(first);
    expect(await at.store.record(lease, FAILURE, BACK)).toBe('recorded');
    expect(await at.job(second)).toMatchObject({ waitsFor: first, dueAt: undefined });
    await at.store.retry(first, APPLICATION);
    await at.store.cancel(first, APPLICATION);
    expect(await at.job(second)).toMatchObject({ waitsFor: first });
    await at.store.retry(first, APPLICATION);
    await at.store.record(await at.take(first), SUCCESS, BACK);
    expect(await at.claimNumbers()).toEqual([second]);
  });

  test('a chain of three starts one after the other, at its run time where it has one', async () => {
    const runAt = at.fromNow(60_000);
    const [first, second] = (await chained({ next: [newJob({ runAt })] })) as [number, number];
    const third = second + 1;
    expect(await at.job(third)).toMatchObject({ waitsFor: second, runAt });
    await at.store.record(await at.take(first), SUCCESS, BACK);
    await at.store.record(await at.take(second), SUCCESS, BACK);
    expect(await at.job(third)).toMatchObject({ waitsFor: undefined, dueAt: runAt });
  });

  test('what is paused or cancelled while it waits stays so, and waits on when it is resumed or retried', async () => {
    const [first, paused, cancelled] = (await chained({}, {})) as [number, number, number];
    await at.store.pause(paused, APPLICATION);
    await at.store.cancel(cancelled, APPLICATION);
    await at.store.resume(paused, APPLICATION);
    await at.store.retry(cancelled, APPLICATION);
    expect(await at.claimNumbers({ limit: 10 })).toEqual([first]);
    await at.store.pause(paused, APPLICATION);
    await at.store.cancel(cancelled, APPLICATION);
    at.pass(60_000);
    await at.store.record(await at.take(first), SUCCESS, BACK);
    expect(await at.job(paused)).toMatchObject({ status: 'paused', dueAt: undefined, waitsFor: undefined });
    expect(await at.job(cancelled)).toMatchObject({ status: 'cancelled', dueAt: undefined });
    await at.store.resume(paused, APPLICATION);
    expect(await at.claimNumbers()).toEqual([paused]);
  });

  test('a job that waits may be told to start now, by its owner and admins', async () => {
    const [, second] = (await chained({ userId: 'ann' })) as [number, number];
    expect(await at.store.startNow(second, BOB)).toBe(false);
    expect(await at.store.startNow(second, ANN)).toBe(true);
    expect(await at.store.startNow(second, ANN)).toBe(false);
    expect(await at.claimNumbers({ limit: 10 })).toContain(second);
  });

  test('one that waits, but is paused or cancelled, is not started so', async () => {
    const [, paused, cancelled] = (await chained({}, {})) as [number, number, number];
    await at.store.pause(paused, APPLICATION);
    await at.store.cancel(cancelled, APPLICATION);
    for (const number of [paused, cancelled]) {
      expect(await at.store.startNow(number, APPLICATION)).toBe(false);
      expect(await at.job(number)).toMatchObject({ dueAt: undefined, waitsFor: expect.any(Number) });
    }
  });

  test('success and start are one: a fault between them undoes both, and they are done again', async () => {
    const [first, second] = (await chained({})) as [number, number];
    const lease = await at.take(first);
    const { change } = Database.prototype;
    let isBroken = false;
    vi.spyOn(Database.prototype, 'change').mockImplementation(async function (this: Database, ...statement) {
      if (!isBroken && statement[0].includes('waits_for = NULL')) {
        isBroken = true;
        return databaseFault({ errno: 1213 });
      }
      return change.apply(this, statement);
    });
    expect(await at.store.record(lease, SUCCESS, BACK)).toBe('recorded');
    expect(isBroken).toBe(true);
    expect(await at.job(first)).toMatchObject({ status: 'success', revision: 2 });
    expect(await at.claimNumbers()).toEqual([second]);
  });

  test('a stale lease starts nothing', async () => {
    const [first, second] = (await chained({})) as [number, number];
    const lease = await at.take(first);
    await at.store.release(lease);
    expect(await at.store.record(lease, SUCCESS, BACK)).toBe('lost');
    expect(await at.job(second)).toMatchObject({ waitsFor: first, dueAt: undefined });
  });

  test('a busy key of one that is to wait leaves nothing behind', async () => {
    await at.push({ key: 'nightly' });
    const next = [newJob(), newJob({ key: 'nightly' })];
    await expect(at.store.insert(newJob({ next }))).rejects.toMatchObject({ code: 'key_busy', jobId: undefined });
    const refuse = () => undefined;
    await expect(at.store.insertMany([newJob(), newJob({ next })], refuse)).rejects.toMatchObject({ code: 'key_busy' });
    expect(await at.database.knex('progress_manager')).toHaveLength(1);
  });
}

type Lease = Awaited<ReturnType<StoreUnderTest['take']>>;

import { expect, test, vi } from 'vitest';
import { KeyBusyError } from '../../../core/contracts/errors.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { Database } from '../../../core/store/database.js';
import { brokenConnection } from '../../support/database-fault.js';
import { ANN, BACK, BOB, FAILURE, KEEP, LEASE_MS, SUCCESS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** Pausing, resuming and trying again. */
export function restContract(at: StoreUnderTest): void {
  test('a paused job is claimed by nobody, and resumed it is due as when it was pushed', async () => {
    const { number } = await at.push({ priority: 2 });
    expect(await at.store.pause(number, APPLICATION)).toBe(true);
    expect(await at.job(number)).toMatchObject({ status: 'paused', dueAt: undefined, modifiedAt: at.now });
    expect(await at.claim()).toEqual([]);
    at.pass(5000);
    expect(await at.store.resume(number, APPLICATION)).toBe(true);
    expect(await at.job(number)).toMatchObject({ status: 'new', dueAt: at.fromNow(-7 * 60_000) });
    expect(await at.claim()).toMatchObject([{ number, crashCount: 0 }]);
  });

  test('a job for later that is resumed early still waits for its time', async () => {
    const runAt = at.fromNow(60_000);
    const { number } = await at.push({ runAt });
    await at.store.pause(number, APPLICATION);
    await at.store.resume(number, APPLICATION);
    expect(await at.job(number)).toMatchObject({ status: 'new', dueAt: runAt });
  });

  test('a job for later that was cancelled and tries again still waits for its time', async () => {
    const runAt = at.fromNow(60_000);
    const { number } = await at.push({ runAt });
    await at.store.cancel(number, APPLICATION);
    await at.store.retry(number, APPLICATION);
    expect(await at.job(number)).toMatchObject({ status: 'new', dueAt: runAt });
  });

  test('a slice that runs when its job is paused is recorded, and then nobody holds the job', async () => {
    const lease = await at.running();
    await at.store.pause(lease.number, APPLICATION);
    expect(await at.store.record(lease, slice({ offset: 7 }), KEEP)).toBe('paused');
    expect(await at.job(lease.number)).toMatchObject({ status: 'paused', offset: 7, worker: undefined });
    expect(await at.store.record({ ...lease, sliceSeq: 1 }, slice({ offset: 8 }), KEEP), 'the next slice').toBe('lost');
    await at.store.resume(lease.number, APPLICATION);
    expect(await at.take(lease.number)).toMatchObject({ job: { status: 'in_progress', attempt: 1 }, crashCount: 0 });
  });

  test.each([
    ['success', SUCCESS],
    ['error', FAILURE],
  ] as const)('a last slice that runs when its job is paused ends it in %s', async (status, last) => {
    const lease = await at.running();
    await at.store.pause(lease.number, APPLICATION);
    expect(await at.store.record(lease, last, KEEP)).toBe('recorded');
    expect(await at.job(lease.number)).toMatchObject({ status, dueAt: undefined, finishedAt: at.now });
  });

  test('what a slice writes is committed although its job is paused in the middle', async () => {
    const lease = await at.running();
    const answer = await at.store.recordWith(lease, async () => {
      return { slice: slice({ offset: 3 }), leave: KEEP };
    });
    expect(answer).toBe('recorded');
    await at.store.pause(lease.number, APPLICATION);
    const next = { ...lease, sliceSeq: 1 };
    expect(await at.store.recordWith(next, async () => ({ slice: slice({ offset: 4 }), leave: KEEP }))).toBe('paused');
    expect(await at.job(lease.number)).toMatchObject({ status: 'paused', offset: 4 });
  });

  test('paused and resumed while a slice runs: the slice goes on holding the job', async () => {
    const lease = await at.running();
    await at.store.pause(lease.number, APPLICATION);
    await at.store.resume(lease.number, APPLICATION);
    expect(await at.claim()).toEqual([]);
    expect(await at.store.record(lease, slice({ offset: 5 }), KEEP)).toBe('recorded');
    expect(await at.job(lease.number)).toMatchObject({ status: 'in_progress', offset: 5, worker: 'host:1' });
  });

  test('a worker that dies while its job is paused costs nothing until the job is resumed', async () => {
    const { number } = await at.running();
    await at.store.pause(number, APPLICATION);
    at.pass(LEASE_MS);
    expect(await at.claim()).toEqual([]);
    await at.store.resume(number, APPLICATION);
    expect(await at.take(number)).toMatchObject({ crashCount: 1 });
  });

  test('the lease of a paused job is renewed while its slice runs, and its bar moves', async () => {
    const lease = await at.running();
    await at.store.pause(lease.number, APPLICATION);
    at.pass(1000);
    const moved = { progress: 40, message: 'Still', counts: { processed: 1, total: 2, failed: 0, skipped: 0 } };
    const answers = await at.store.beat([{ ...lease, renew: true, moved }], LEASE_MS);
    expect(answers.get(lease.number)).toMatchObject({ status: 'paused', leaseVersion: lease.leaseVersion });
    expect(await at.job(lease.number)).toMatchObject({ progress: 40, dueAt: at.fromNow(LEASE_MS) });
  });

  test('"not now" and a release of a job that was paused leave it resting, held by nobody', async () => {
    const [first, second] = [await at.running({ type: 'one' }), await at.running({ type: 'two' })];
    for (const { number } of [first, second]) await at.store.pause(number, APPLICATION);
    expect(await at.store.postpone(first, { refusals: 1, idleSlices: 0 }, 1000)).toBe(true);
    expect(await at.store.release(second)).toBe(true);
    for (const { number } of [first, second]) {
      expect(await at.job(number)).toMatchObject({ status: 'paused', worker: undefined, dueAt: undefined });
    }
  });

  test('a failed slice is tried later, as a new attempt that shows why', async () => {
    const lease = await at.running();
    await at.store.record(lease, slice({ offset: 3, progress: 30 }), KEEP);
    expect(await at.store.tryLater(lease, { code: 'failed', message: 'Late.' }, 0), 'an older slice').toBe(false);
    const held = { ...lease, sliceSeq: 1 };
    const error = { code: 'failed', message: 'The printer is away.' };
    expect(await at.store.tryLater(held, error, 4000)).toBe(true);
    const later = { status: 'in_progress', offset: 3, progress: 30, error, attempt: 2, dueAt: at.fromNow(4000) };
    expect(await at.job(lease.number)).toMatchObject({ ...later, worker: undefined });
    expect(await at.store.tryLater(held, error, 0), 'twice').toBe(false);
    at.pass(4000);
    const again = await at.take(lease.number);
    expect(again).toMatchObject({ triesUsed: 1, crashCount: 0 });
    await at.store.record(again, slice({ offset: 4 }), KEEP);
    expect((await at.job(lease.number)).error).toBeUndefined();
  });

  test('a stale holder cannot put a job off', async () => {
    const stale = await at.running();
    at.pass(LEASE_MS);
    await at.take(stale.number, 'other:2/a');
    expect(await at.store.tryLater(stale, { code: 'failed', message: '' }, 0)).toBe(false);
  });

  test.each(['error', 'cancelled'])(
    'a job that is %s tries again where it was, with fresh counters',
    async (status) => {
      const lease = await at.running({ data: '[1]' });
      await at.store.record(lease, slice({ offset: 3, data: '[2]' }), BACK);
      const spent = { tries_used: 4, crash_count: 3, child_deaths: 2, refusals: 9, idle_slices: 8, error: '{}' };
      await at.set(lease.number, {
        status,
        finished_at: '2029-01-01 00:00:00.000',
        is_closed: 1,
        due_at: null,
        ...spent,
      });
      const before = await at.row(lease.number);
      expect(await at.store.retry(lease.number, APPLICATION)).toBe(true);
      expect(await at.row(lease.number)).toMatchObject({
        ...{ status: 'new', tries_used: 0, crash_count: 0, child_deaths: 0, refusals: 0, idle_slices: 0 },
        ...{ error: null, finished_at: null, is_closed: 0, lease_owner: null },
        lease_version: (before.lease_version as number) + 1,
      });
      expect(await at.take(lease.number)).toMatchObject({ job: { attempt: 2, offset: 3, data: [2] } });
    },
  );

  test('a job whose key another one holds by now cannot try again, and says who holds it, to those who may know', async () => {
    const first = await at.push({ key: 'nightly', userId: ANN.id });
    await at.store.cancel(first.number, APPLICATION);
    const second = await at.push({ key: 'nightly', userId: BOB.id });
    await expect(at.store.retry(first.number, APPLICATION)).rejects.toMatchObject({ jobId: second.id });
    await expect(at.store.retry(first.number, ANN)).rejects.toBeInstanceOf(KeyBusyError);
    await expect(at.store.retry(first.number, ANN)).rejects.toMatchObject({ jobId: undefined });
    expect((await at.job(first.number)).status).toBe('cancelled');
  });

  test('nobody rests, resumes or retries jobs of others', async () => {
    const { number } = await at.push({ userId: ANN.id });
    expect(await at.store.pause(number, BOB)).toBe(false);
    await at.store.pause(number, ANN);
    expect(await at.store.resume(number, BOB)).toBe(false);
    await at.store.cancel(number, ANN);
    expect(await at.store.retry(number, BOB)).toBe(false);
    expect(await at.store.retry(number, ANN)).toBe(true);
  });

  test('data as it was pushed is kept when a slice changes it, however often', async () => {
    const lease = await at.running({ data: '{"rows":[1]}' });
    expect((await at.store.pushedAs(lease.number))?.data).toBe('{"rows":[1]}');
    await at.store.record(lease, slice({ data: undefined }), KEEP);
    await at.store.record({ ...lease, sliceSeq: 1 }, slice({ offset: 2, data: '[2]' }), KEEP);
    await at.store.record({ ...lease, sliceSeq: 2 }, slice({ offset: 3, data: '[3]' }), KEEP);
    expect((await at.job(lease.number)).data).toEqual([3]);
    expect((await at.store.pushedAs(lease.number))?.data).toBe('{"rows":[1]}');
    expect(await at.store.pushedAs(4711)).toBeUndefined();
    await at.set(lease.number, { deleted: 1 });
    expect(await at.store.pushedAs(lease.number)).toBeUndefined();
  });

  const people = {
    cancel: { from: 'paused', reached: 'cancelled', never: 'success' },
    pause: { from: 'new', reached: 'paused', never: 'error' },
    resume: { from: 'paused', reached: 'new', never: 'error' },
    retry: { from: 'error', reached: 'new', never: 'in_progress' },
  } as const;

  test.each(Object.entries(people))(
    '%s: when its answer is lost, the row says whether it came through',
    async (action, way) => {
      const { number } = await at.push();
      await at.set(number, { status: way.from });
      loseNextAnswer();
      expect(await at.store[action as keyof typeof people](number, APPLICATION)).toBe(true);
      expect((await at.job(number)).status).toBe(way.reached);
      await at.set(number, { status: way.never });
      loseNextAnswer();
      expect(await at.store[action as keyof typeof people](number, APPLICATION)).toBe(false);
      expect((await at.job(number)).status).toBe(way.never);
    },
  );

  test('closing and removing, too', async () => {
    const { number } = await at.push();
    loseNextAnswer();
    expect(await at.store.close(number, APPLICATION), 'an unfinished job').toBe(false);
    loseNextAnswer();
    expect(await at.store.remove(number, APPLICATION), 'an unfinished job').toBe(false);
    await at.store.cancel(number, APPLICATION);
    loseNextAnswer();
    expect(await at.store.close(number, APPLICATION)).toBe(true);
    loseNextAnswer();
    expect(await at.store.remove(number, APPLICATION)).toBe(true);
  });

  /** The next guarded statement is carried out, and its connection breaks before the answer. */
  function loseNextAnswer(): void {
    const send = Database.prototype.changeAgain;
    vi.spyOn(Database.prototype, 'changeAgain').mockImplementationOnce(async function (this: Database, ...statement) {
      await send.apply(this, statement);
      return brokenConnection();
    });
  }
}

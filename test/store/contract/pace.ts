import { expect, test } from 'vitest';
import type { Beat, ClaimedJob, Estimate } from '../../../core/contracts/job-store.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { BACK, FAILURE, KEEP, LEASE_MS, SUCCESS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

const PACE = { percent: 12.5, ms: 4000, workMs: 9000 };
const COUNTS = { processed: 5, total: 50, failed: 0, skipped: 0 };
const READ = { index: 1, of: 3, name: 'Read “it”' };
const WRITE = { index: 3, of: 3, name: 'Write' };

const left = (leftMs: number | undefined): Estimate => ({ pace: PACE, leftMs });

/** When a job will have ended, and which of its phases it is in. */
export function paceContract(at: StoreUnderTest): void {
  test('an estimate is a time from now by the database, and its pace is there for the next worker', async () => {
    const lease = await at.running();
    expect(lease).toMatchObject({ pace: undefined, job: { eta: undefined, phase: undefined } });
    at.pass(700);
    await at.store.record(lease, slice({ estimate: left(90_000), phase: READ }), BACK);
    expect(await at.job(lease.number)).toMatchObject({ eta: at.fromNow(90_000), phase: READ });
    expect(await at.take(lease.number)).toMatchObject({ pace: PACE, job: { phase: READ } });
  });

  test('a record that says nothing of it leaves it as it is; one that does not know takes it away', async () => {
    const lease = await at.running();
    await at.store.record(lease, slice({ estimate: left(90_000), phase: READ }), KEEP);
    const eta = at.fromNow(90_000);
    at.pass(500);
    await at.store.record({ ...lease, sliceSeq: 1 }, slice({ offset: 2 }), KEEP);
    expect(await at.job(lease.number)).toMatchObject({ eta, phase: READ, offset: 2 });
    await at.store.record({ ...lease, sliceSeq: 2 }, slice({ estimate: left(undefined), phase: WRITE }), KEEP);
    expect(await at.job(lease.number)).toMatchObject({ eta: undefined, phase: WRITE });
    expect(await at.row(lease.number)).toMatchObject({ eta_at: null, pace: '12.5 4000 9000' });
  });

  test('slices of one turn have each their own, or none', async () => {
    await at.pushMany(4);
    const [one, other, unknown, silent] = (await at.claim()) as [ClaimedJob, ClaimedJob, ClaimedJob, ClaimedJob];
    const store = at.store;
    await at.set(unknown.number, { eta_at: '2031-01-01 00:00:00.000' });
    const told = [
      store.record(one, slice({ estimate: left(1000), phase: READ }), KEEP),
      store.record(other, slice({ estimate: left(2000) }), KEEP),
      store.record(unknown, slice({ estimate: left(undefined), phase: WRITE }), KEEP),
      store.record(silent, slice(), KEEP),
    ];
    expect(await Promise.all(told)).toEqual(Array(4).fill('recorded'));
    const seen = await Promise.all([one, other, unknown, silent].map(({ number }) => at.job(number)));
    expect(seen.map(({ eta, phase }) => [eta, phase])).toEqual([
      [at.fromNow(1000), READ],
      [at.fromNow(2000), undefined],
      [undefined, WRITE],
      [undefined, undefined],
    ]);
    expect(await at.row(silent.number)).toMatchObject({ pace: null, eta_at: null });
  });

  test('a beat says both, and what an older slice says is not taken', async () => {
    await at.pushMany(3);
    const [one, older, silent] = (await at.claim()) as [ClaimedJob, ClaimedJob, ClaimedJob];
    const moved = { progress: 20, message: undefined, counts: COUNTS };
    const estimated = { ...moved, estimate: left(30_000), phase: READ };
    await at.set(older.number, { slice_seq: 1 });
    await at.set(silent.number, { pace: '1 2 3', eta_at: '2031-01-01 00:00:00.000', phase: JSON.stringify(WRITE) });
    await at.store.beat(
      [beat(one, estimated), beat(older, estimated), beat(silent, moved), { ...beat(one, estimated), number: 4711 }],
      LEASE_MS,
    );
    expect(await at.job(one.number)).toMatchObject({ progress: 20, eta: at.fromNow(30_000), phase: READ });
    expect(await at.row(one.number)).toMatchObject({ pace: '12.5 4000 9000' });
    expect(await at.job(older.number)).toMatchObject({ progress: 0, eta: undefined, phase: undefined });
    expect(await at.job(silent.number)).toMatchObject({ progress: 20, eta: '2031-01-01T00:00:00.000Z', phase: WRITE });
  });

  test('a beat that no longer knows takes it away', async () => {
    const lease = await at.running();
    await at.store.record(lease, slice({ estimate: left(90_000) }), KEEP);
    const moved = { progress: 20, message: undefined, counts: COUNTS, estimate: left(undefined) };
    await at.store.beat([beat({ ...lease, sliceSeq: 1 }, moved)], LEASE_MS);
    expect((await at.job(lease.number)).eta).toBeUndefined();
  });

  test('once it has passed it is none, in a listing either', async () => {
    const lease = await at.running();
    await at.store.record(lease, slice({ estimate: left(90_000) }), KEEP);
    const listed = async () => (await at.store.find({}, APPLICATION)).list[0]?.eta;
    at.pass(89_999);
    expect([(await at.job(lease.number)).eta, await listed()]).toEqual([at.fromNow(1), at.fromNow(1)]);
    at.pass(1);
    expect([(await at.job(lease.number)).eta, await listed()]).toEqual([undefined, undefined]);
  });

  const ends: [string, (lease: ClaimedJob) => Promise<unknown>][] = [
    ['has succeeded', (lease) => at.store.record({ ...lease, sliceSeq: 1 }, SUCCESS, KEEP)],
    ['has failed', (lease) => at.store.record({ ...lease, sliceSeq: 1 }, FAILURE, KEEP)],
    ['is cancelled', ({ number }) => at.store.cancel(number, APPLICATION)],
    ['is paused', ({ number }) => at.store.pause(number, APPLICATION)],
    ['says "not now"', (lease) => at.store.postpone(lease, { refusals: 1, idleSlices: 0 }, 1000)],
    [
      'is tried again later',
      (lease) => at.store.tryLater({ ...lease, sliceSeq: 1 }, { code: 'x', message: 'x' }, 1000),
    ],
    ['is given back', (lease) => at.store.release(lease)],
    ['has lost its child process', (lease) => at.store.childDied(lease)],
  ];
  test.each(ends)('a job that %s has none, nor when it goes on', async (_, end) => {
    const lease = await at.running();
    await at.store.record(lease, slice({ estimate: left(90_000_000), phase: WRITE }), KEEP);
    await end(lease);
    expect((await at.job(lease.number)).eta).toBeUndefined();
    if (!(await at.store.resume(lease.number, APPLICATION))) await at.store.retry(lease.number, APPLICATION);
    at.pass(LEASE_MS);
    await at.claim();
    expect((await at.job(lease.number)).eta).toBeUndefined();
  });

  test('a job that succeeded is in no phase, one that failed in that it failed in', async () => {
    const [good, bad] = [await at.running({ type: 'good' }), await at.running({ type: 'bad' })];
    for (const lease of [good, bad]) await at.store.record(lease, slice({ phase: READ }), KEEP);
    await at.store.record({ ...good, sliceSeq: 1 }, SUCCESS, KEEP);
    await at.store.record({ ...bad, sliceSeq: 1 }, FAILURE, KEEP);
    expect([(await at.job(good.number)).phase, (await at.job(bad.number)).phase]).toEqual([undefined, READ]);
  });

  test.each(['', 'abc', '1 2', '1 2 -3', '1e999 2 3', '1 2 NaN'])('a pace that reads "%s" is none', async (pace) => {
    const { number } = await at.push();
    await at.set(number, { pace });
    expect((await at.take(number)).pace).toBeUndefined();
  });

  const beat = ({ number, leaseVersion, sliceSeq }: ClaimedJob, moved: Beat['moved']): Beat => ({
    ...{ number, leaseVersion, sliceSeq, renew: false },
    ...(moved && { moved }),
  });
}

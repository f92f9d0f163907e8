import { expect, test } from 'vitest';
import { type ClaimedJob, LEFT_MS } from '../../../core/contracts/job-store.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { KnexJobStore } from '../../../core/store/knex-job-store.js';
import { BACK, FAILURE, KEEP, LEASE_MS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** What becomes of jobs whose worker is no longer there. */
export function takeOverContract(at: StoreUnderTest): void {
  test('a job is held until its lease ends, and due to the millisecond then', async () => {
    const { number } = await at.running();
    at.pass(LEASE_MS - 1);
    expect(await at.claim()).toEqual([]);
    at.pass(1);
    expect(await at.claimNumbers()).toEqual([number]);
  });

  test('taking over from a dead worker raises the token and counts the crash', async () => {
    const lost = await at.running();
    at.pass(LEASE_MS);
    const lease = await at.take(lost.number, 'other:2');
    expect(lease).toMatchObject({ leaseVersion: lost.leaseVersion + 1, crashCount: 1, job: { worker: 'other:2' } });
  });

  test('a worker that remembers what a database set back in time has forgotten changes nothing there', async () => {
    const { number } = await at.push();
    const before = await at.row(number);
    // As processes have them: each raises tokens by a number of its own.
    const [late, fresh] = [new KnexJobStore(at.database), new KnexJobStore(at.database)];
    const request = { worker: 'host:1/a', types: ['copy'], limit: 1, leaseMs: LEASE_MS };
    const [remembered] = (await late.claim(request)).jobs as [ClaimedJob];
    const { status, due_at, started_at, attempt, revision, lease_owner, lease_version, modified_at } = before;
    await at.set(number, { status, due_at, started_at, attempt, revision, lease_owner, lease_version, modified_at });
    const [held] = (await fresh.claim({ ...request, worker: 'other:2/b' })).jobs as [ClaimedJob];
    expect(held).toMatchObject({ number, sliceSeq: remembered.sliceSeq });
    const moved = { progress: 99, message: 'Late', counts: { processed: 9, total: 9, failed: 0, skipped: 0 } };
    const { leaseVersion, sliceSeq } = remembered;
    const heard = await late.beat([{ number, leaseVersion, sliceSeq, renew: true, moved }], LEASE_MS);
    expect(heard.get(number)?.leaseVersion).toBe(held.leaseVersion);
    expect(await late.record(remembered, slice({ offset: 50 }), KEEP)).toBe('lost');
    await late.release(remembered);
    expect(await at.row(number)).toMatchObject({
      status: 'in_progress',
      progress_offset: 0,
      slice_seq: 0,
      message: null,
    });
    expect(await fresh.record(held, slice({ offset: 7 }), KEEP)).toBe('recorded');
  });

  test('of jobs that were just lost a claim takes as many as processes stand by, and after a moment all', async () => {
    await at.pushMany(3);
    await at.claim();
    at.pass(LEASE_MS);
    const fresh = await at.push();
    const request = { worker: 'other:2/a', types: ['copy'], limit: 10, leaseMs: LEASE_MS };
    const first = await at.store.claim({ ...request, standingBy: 1 });
    expect(first).toMatchObject({ more: false, hasLeft: true });
    expect(first.jobs.map(({ number }) => number)).toContain(fresh.number);
    expect(first.jobs).toHaveLength(2);
    expect(await at.store.claim({ ...request, standingBy: 0 })).toEqual({ jobs: [], more: false, hasLeft: true });
    at.pass(LEFT_MS);
    expect(await at.store.claim({ ...request, standingBy: 0 })).toMatchObject({ more: false, hasLeft: false });
    expect(await at.claim()).toEqual([]);
  });

  test('a job whose own time has just come is nobody’s loss, and is left to nobody', async () => {
    const { number } = await at.push({ runAt: at.fromNow(1000) });
    at.pass(1000);
    const request = { worker: 'other:2/a', types: ['copy'], limit: 10, leaseMs: LEASE_MS, standingBy: 0 };
    const { jobs, hasLeft } = await at.store.claim(request);
    expect([jobs.map((job) => job.number), hasLeft]).toEqual([[number], false]);
  });

  test('taking on what was given back cleanly counts no crash', async () => {
    const lease = await at.running();
    await at.store.record(lease, slice(), BACK);
    const second = await at.take(lease.number);
    expect(second).toMatchObject({ crashCount: 0, leaseVersion: lease.leaseVersion + 1 });
    await at.store.release(second);
    const third = await at.take(lease.number);
    expect(third.crashCount).toBe(0);
    await at.store.postpone(third, { refusals: 1, idleSlices: 0 }, 10);
    at.pass(10);
    expect((await at.take(lease.number)).crashCount).toBe(0);
  });

  test('a job whose workers die for ever does not stop the others at the end of its column', async () => {
    const { number } = await at.running();
    await at.set(number, { crash_count: 32_767 });
    at.pass(LEASE_MS);
    expect(await at.take(number)).toMatchObject({ crashCount: 32_767 });
  });

  test('crashes are forgotten when the job has moved, not when it records the same place', async () => {
    const { number } = await at.running();
    at.pass(LEASE_MS);
    const second = await at.take(number);
    await at.store.record(second, slice({ offset: 0 }), KEEP);
    expect(await at.row(number)).toMatchObject({ crash_count: 1 });
    await at.store.record({ ...second, sliceSeq: 1 }, slice({ offset: 1 }), KEEP);
    expect(await at.row(number)).toMatchObject({ crash_count: 0 });
  });

  test('a job whose worker died is isolated from then on, also when it has moved, until somebody tries it anew', async () => {
    const { number } = await at.running();
    at.pass(LEASE_MS);
    const second = await at.take(number);
    expect(second.isIsolated).toBe(true);
    await at.store.record(second, slice({ offset: 1 }), BACK);
    const third = await at.take(number);
    expect(third).toMatchObject({ isIsolated: true, crashCount: 0 });
    await at.store.condemn(third, { code: 'worker_lost', message: 'It exited.' });
    await at.store.retry(number, APPLICATION);
    expect(await at.take(number)).toMatchObject({ isIsolated: false, childDeaths: 0 });
  });

  test('what was given back cleanly is not isolated', async () => {
    const lease = await at.running();
    await at.store.release(lease);
    expect((await at.take(lease.number)).isIsolated).toBe(false);
  });

  test('leases of dead processes of this host end at once, and count as crashes', async () => {
    const [dead, alive, elsewhere, sibling] = await at.pushMany(4);
    const workers = ['host:1/a', 'host:1/b', 'elsewhere:1/a', 'host:1:1/a'];
    for (const [index, worker] of workers.entries()) {
      // One at a time: each worker takes the oldest.
      await at.claim({ worker, limit: 1 });
      expect((await at.job([dead, alive, elsewhere, sibling][index] as number)).worker).toBe(worker.split('/')[0]);
    }
    expect(await at.store.endLeasesOfDead('host', (_pid, boot) => boot === 'b')).toBe(1);
    const again = await at.claim({ worker: 'host:3/a' });
    expect(again).toMatchObject([{ number: dead, crashCount: 1, leaseVersion: 2 }]);
  });

  test('jobs that nobody holds have no lease to end', async () => {
    await at.push();
    await at.store.record(await at.running({ type: 'back' }), slice(), BACK);
    await at.store.record(await at.running({ type: 'ended' }), FAILURE, BACK);
    expect(await at.store.endLeasesOfDead('host', () => false)).toBe(0);
  });

  test.each([
    ['has a new token', { lease_version: 9 }],
    ['is paused', { status: 'paused' }],
    ['has another holder', { lease_owner: 'other:2/a/01' }],
  ])('the lease of a job that meanwhile %s is not ended', async (_, columns) => {
    const { number } = await at.running();
    const { dueAt } = await at.job(number);
    at.beforeNextUpdate(() => at.set(number, columns));
    expect(await at.store.endLeasesOfDead('host', () => false)).toBe(0);
    expect((await at.job(number)).dueAt).toBe(dueAt);
  });
}

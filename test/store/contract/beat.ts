import { expect, test } from 'vitest';
import type { Beat, ClaimedJob } from '../../../core/contracts/job-store.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { BACK, KEEP, LEASE_MS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

const COUNTS = { processed: 5, total: 50, failed: 1, skipped: 2 };

/** What a worker tells about its running jobs once a second, and what it hears. */
export function beatContract(at: StoreUnderTest): void {
  test('a beat saves progress, message and counts of a slice that runs', async () => {
    const lease = await at.running();
    at.pass(1000);
    await beat(lease, { moved: { progress: 12.34, message: 'Half a page', counts: COUNTS } });
    const moved = {
      progress: 12.34,
      message: 'Half a page',
      counts: COUNTS,
      modifiedAt: at.now,
      status: 'in_progress',
    };
    expect(await at.job(lease.number)).toMatchObject({ ...moved, revision: lease.job.revision + 1 });
  });

  test('a total that is no longer known and a message that is no longer said go', async () => {
    const lease = await at.running();
    await beat(lease, { moved: { progress: 1, message: 'One', counts: COUNTS } });
    await beat(lease, { moved: { progress: 2, message: undefined, counts: { ...COUNTS, total: undefined } } });
    expect(await at.job(lease.number)).toMatchObject({ message: undefined, counts: { total: undefined } });
  });

  test('the bar never moves back, although message and counts are taken', async () => {
    const lease = await at.running();
    await beat(lease, { moved: { progress: 40, message: 'One', counts: COUNTS } });
    await beat(lease, { moved: { progress: 9.5, message: 'Two', counts: { ...COUNTS, processed: 6 } } });
    expect(await at.job(lease.number)).toMatchObject({ progress: 40, message: 'Two', counts: { processed: 6 } });
  });

  test('what an older slice says does not cover what a newer one recorded', async () => {
    const lease = await at.running();
    await at.store.record(lease, slice({ progress: 30, message: 'Recorded' }), KEEP);
    const { revision } = await at.job(lease.number);
    await beat(lease, { moved: { progress: 90, message: 'Late', counts: COUNTS } });
    expect(await at.job(lease.number)).toMatchObject({
      progress: 30,
      message: 'Recorded',
      counts: { processed: 1 },
      revision,
    });
  });

  test('a late beat of an older slice still renews the lease', async () => {
    const lease = await at.running();
    await at.store.record(lease, slice(), KEEP);
    at.pass(1000);
    await beat(lease, { renew: true, moved: { progress: 90, message: 'Late', counts: COUNTS } });
    expect(await at.job(lease.number)).toMatchObject({ progress: 10, dueAt: at.fromNow(LEASE_MS) });
  });

  test('a renewed lease lasts from now, and is no news to a reader', async () => {
    const lease = await at.running();
    const { revision, modifiedAt } = await at.job(lease.number);
    at.pass(LEASE_MS - 1);
    await beat(lease, { renew: true });
    expect(await at.job(lease.number)).toMatchObject({ revision, modifiedAt, dueAt: at.fromNow(LEASE_MS) });
    at.pass(LEASE_MS - 1);
    expect(await at.claim()).toEqual([]);
    at.pass(1);
    expect(await at.claimNumbers()).toEqual([lease.number]);
  });

  test('a beat that does not renew leaves the lease as it is', async () => {
    const lease = await at.running();
    at.pass(1000);
    await beat(lease, { renew: false, moved: { progress: 1, message: undefined, counts: COUNTS } });
    expect((await at.job(lease.number)).dueAt).toBe(at.fromNow(LEASE_MS - 1000));
  });

  test('a lease that was lost is neither renewed nor heard, and its worker is told the new token', async () => {
    const stale = await at.running();
    at.pass(LEASE_MS);
    const taken = await at.take(stale.number, 'other:2');
    const before = await at.row(stale.number);
    at.pass(500);
    const answer = await beat(stale, { renew: true, moved: { progress: 90, message: 'Zombie', counts: COUNTS } });
    expect(answer).toEqual({
      number: stale.number,
      wasTold: true,
      leaseVersion: taken.leaseVersion,
      status: 'in_progress',
    });
    expect(await at.row(stale.number)).toEqual(before);
  });

  test.each(['new', 'success', 'error', 'cancelled'])('a job that is %s is not moved by a beat', async (status) => {
    const lease = await at.running();
    // The token is as it was: only the status can refuse it.
    await at.set(lease.number, { status });
    const before = await at.row(lease.number);
    at.pass(500);
    const answer = await beat(lease, { renew: true, moved: { progress: 90, message: 'Late', counts: COUNTS } });
    expect(answer).toMatchObject({ status });
    expect(await at.row(lease.number)).toEqual(before);
  });

  test('a job that its worker has left is not moved by a beat of that worker', async () => {
    const lease = await at.running();
    await at.store.record(lease, slice(), BACK);
    const before = await at.row(lease.number);
    await beat({ ...lease, sliceSeq: 1 }, { renew: true, moved: { progress: 90, message: 'Late', counts: COUNTS } });
    expect(await at.row(lease.number)).toEqual(before);
  });

  test('a worker hears that its job was cancelled', async () => {
    const lease = await at.running();
    await at.store.cancel(lease.number, APPLICATION);
    expect(await beat(lease, {})).toMatchObject({ status: 'cancelled', leaseVersion: lease.leaseVersion + 1 });
  });

  test('of a job that is gone, or flagged as deleted, there is no answer', async () => {
    const [gone, flagged] = [await at.running({ type: 'one' }), await at.running({ type: 'two' })];
    await at.database.knex('progress_manager').where({ number: gone.number }).delete();
    await at.set(flagged.number, { deleted: 1 });
    expect(await beat(gone, { renew: true })).toBeUndefined();
    expect(await beat(flagged, { renew: true })).toBeUndefined();
  });

  test('many jobs are told of at once, each by its own word', async () => {
    await at.pushMany(3);
    const [one, two, three] = (await at.claim()) as [ClaimedJob, ClaimedJob, ClaimedJob];
    await at.store.cancel(two.number, APPLICATION);
    at.pass(1000);
    const beats = [
      told(one, { moved: { progress: 11, message: 'One', counts: COUNTS } }),
      told(two, { renew: true, moved: { progress: 22, message: 'Two', counts: COUNTS } }),
      told(three, { renew: true }),
    ];
    const answers = await at.store.beat(beats, LEASE_MS);
    expect([...answers.values()].map(({ status }) => status).sort()).toEqual([
      'cancelled',
      'in_progress',
      'in_progress',
    ]);
    expect(await at.job(one.number)).toMatchObject({ progress: 11, dueAt: at.fromNow(LEASE_MS - 1000) });
    expect(await at.job(two.number)).toMatchObject({ progress: 0, dueAt: undefined });
    expect(await at.job(three.number)).toMatchObject({ progress: 0, message: undefined, dueAt: at.fromNow(LEASE_MS) });
  });

  test('without running jobs there is nothing to tell and nothing to hear', async () => {
    expect((await at.store.beat([], LEASE_MS)).size).toBe(0);
  });

  const told = ({ number, leaseVersion, sliceSeq }: ClaimedJob, changes: Partial<Beat>): Beat => ({
    ...{ number, leaseVersion, sliceSeq, renew: false },
    ...changes,
  });

  async function beat(lease: ClaimedJob, changes: Partial<Beat>) {
    return (await at.store.beat([told(lease, changes)], LEASE_MS)).get(lease.number);
  }
}

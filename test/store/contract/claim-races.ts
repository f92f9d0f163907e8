import { expect, test, vi } from 'vitest';
import type { ClaimedJob } from '../../../core/contracts/job-store.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { Database } from '../../../core/store/database.js';
import { brokenConnection } from '../../support/database-fault.js';
import { LEASE_MS } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** Claims among other claims, and changes that come between a claim's statements. */
export function claimRacesContract(at: StoreUnderTest): void {
  test('twenty claimers on two connections share two hundred jobs, each of which runs once', {
    timeout: 30_000,
  }, async () => {
    const numbers = await at.pushMany(200);
    const taken: ClaimedJob[] = [];
    const claimer = async (_: unknown, index: number) => {
      const store = index % 2 === 0 ? at.store : at.otherStore;
      while (taken.length < 200) {
        const request = { worker: `host:${index}`, types: ['copy'], limit: 7, leaseMs: LEASE_MS };
        const { jobs } = await store.claim(request);
        expect(new Set(jobs.map(({ job }) => job.worker))).toEqual(new Set(jobs.length ? [`host:${index}`] : []));
        taken.push(...jobs);
      }
    };
    await Promise.all(Array.from({ length: 20 }, claimer));
    expect(taken.map(({ number }) => number).sort((a, b) => a - b)).toEqual(numbers);
    expect(new Set(taken.map(({ leaseVersion }) => leaseVersion))).toEqual(new Set([1]));
  });

  test('a job that another claimed between look and grasp is not taken from it', async () => {
    const { number } = await at.push();
    at.beforeNextUpdate(() => at.claim({ worker: 'other:1' }));
    expect(await at.claim({ worker: 'late:1' })).toEqual([]);
    expect(await at.job(number)).toMatchObject({ worker: 'other:1' });
    expect(await at.row(number)).toMatchObject({ lease_version: 1 });
  });

  test('a job cancelled between look and grasp stays cancelled', async () => {
    const { number } = await at.push();
    // The due time is left in place, so that only the status can keep the job from running.
    at.beforeNextUpdate(() => at.set(number, { status: 'cancelled' }));
    expect(await at.claim()).toEqual([]);
    expect((await at.job(number)).status).toBe('cancelled');
  });

  test('a job that newer code has migrated between look and grasp is left to it', async () => {
    const { number } = await at.push();
    at.beforeNextUpdate(() => at.set(number, { version: 2 }));
    expect(await at.claim()).toEqual([]);
    expect(await at.row(number)).toMatchObject({ status: 'new', lease_version: 0 });
  });

  test('a job flagged as deleted between look and grasp is left alone', async () => {
    const { number } = await at.push();
    at.beforeNextUpdate(() => at.set(number, { deleted: 1 }));
    expect(await at.claim()).toEqual([]);
    expect(await at.row(number)).toMatchObject({ status: 'new', lease_version: 0 });
  });

  test('a job lost between grasp and reading is not handed out', async () => {
    const [cancelled, retaken, kept] = await at.pushMany(3);
    at.afterNextUpdate(async () => {
      // Each change leaves in place what the other guard looks at.
      await at.set(cancelled as number, { status: 'cancelled' });
      await at.set(retaken as number, { lease_owner: 'other:1/0123' });
    });
    expect(await at.claimNumbers()).toEqual([kept]);
  });

  test('of a claim whose jobs are partly gone only the rest is handed out', async () => {
    const [gone, kept] = await at.pushMany(2);
    at.beforeNextUpdate(() => at.store.cancel(gone as number, APPLICATION));
    expect(await at.claimNumbers()).toEqual([kept]);
  });

  test('a claim in doubt is given back by the next one, and takes nothing from who has the job by then', async () => {
    const [left, taken] = await at.pushMany(2);
    const store = at.store;
    const request = { worker: 'doubtful:1/a', types: ['copy'], limit: 2, leaseMs: LEASE_MS };
    loseNextAnswer();
    await expect(store.claim(request)).rejects.toThrow();
    // A paused one is held like the others.
    await at.store.pause(left as number, APPLICATION);
    await at.set(taken as number, { due_at: '2029-01-01 00:00:00.000' });
    expect(await at.claimNumbers({ worker: 'other:2/a' })).toEqual([taken]);
    expect((await store.claim(request)).jobs).toEqual([]);
    expect(await at.job(taken as number)).toMatchObject({ worker: 'other:2' });
    expect(await at.job(left as number)).toMatchObject({ status: 'paused', worker: undefined, dueAt: undefined });
    await at.store.resume(left as number, APPLICATION);
    expect(await store.claim(request)).toMatchObject({ jobs: [{ number: left, crashCount: 0 }] });
  });

  test('a job that is paused between grasp and reading is handed out, to be given back', async () => {
    const { number } = await at.push();
    at.afterNextUpdate(() => at.store.pause(number, APPLICATION));
    expect(await at.claim()).toMatchObject([{ number, job: { status: 'paused' } }]);
  });

  function loseNextAnswer(): void {
    const send = Database.prototype.changeAgain;
    vi.spyOn(Database.prototype, 'changeAgain').mockImplementationOnce(async function (this: Database, ...statement) {
      await send.apply(this, statement);
      return brokenConnection();
    });
  }
}

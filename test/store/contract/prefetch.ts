import { expect, test, vi } from 'vitest';
import type {
  ClaimedJob,
  JobStore,
  Prefetched,
  PrefetchRequest,
  UnbegunJob,
} from '../../../core/contracts/job-store.js';
import { BeginMarks } from '../../../core/store/begin-marks.js';
import { Database } from '../../../core/store/database.js';
import { Workers } from '../../../core/store/workers.js';
import { BACK, LEASE_MS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

const WORKER = 'host:1/a';
const REQUEST: PrefetchRequest = {
  ...{ worker: WORKER, types: ['copy', 'other'], limit: 10, leaseMs: LEASE_MS, mayWait: new Set(['copy']) },
};

/** Jobs that a worker holds before there are places for them. */
export function prefetchContract(at: StoreUnderTest): void {
  const sign = () => new Workers(at.database).sign(WORKER, ['copy'], 2, 0);

  async function prefetch(store: JobStore, changes: Partial<PrefetchRequest> = {}): Promise<Prefetched> {
    const prefetched = await store.prefetch({ ...REQUEST, ...changes });
    if (!prefetched) throw new Error('Nothing was prefetched.');
    return prefetched;
  }

  /** Whoever takes over what was lost: whom it suspects, and whom not. */
  async function takeOver(changes: Partial<PrefetchRequest> = {}) {
    at.pass(LEASE_MS);
    const taken = await at.claim({ worker: 'other:2/b', limit: 100, ...changes });
    const numbers = (isSuspect: boolean) =>
      taken.filter((each) => each.isIsolated === isSuspect && each.crashCount === Number(isSuspect)).map(numberOf);
    return { suspects: numbers(true), free: numbers(false) };
  }

  test('takes the first that are due, under leases as any, and says which of its claims it was', async () => {
    await sign();
    const numbers = await at.pushMany(5);
    const { store } = at;
    const first = await prefetch(store, { limit: 3 });
    const second = await prefetch(store);
    expect(first.jobs.map(numberOf)).toEqual(numbers.slice(0, 3));
    expect(second.jobs.map(numberOf)).toEqual(numbers.slice(3));
    expect(second.claim).toBeGreaterThan(first.claim);
    expect(first.jobs[0]).toMatchObject({
      leaseVersion: 1,
      job: { status: 'in_progress', worker: 'host:1', attempt: 1 },
    });
    expect(await at.claim()).toEqual([]);
    expect(await store.record(first.jobs[0] as ClaimedJob, slice(), BACK)).toBe('recorded');
  });

  test('after the death of a worker that has begun nothing nobody is a suspect', async () => {
    await sign();
    const numbers = await at.pushMany(4);
    await prefetch(at.store);
    expect(await takeOver()).toEqual({ suspects: [], free: numbers });
    expect((await at.row(numbers[0] as number)).attempt).toBe(1);
  });

  test('suspects are those up to the one that it said, and of claims before that all', async () => {
    await sign();
    const numbers = await at.pushMany(7);
    const { store } = at;
    await prefetch(store, { limit: 2 });
    const { claim, jobs } = await prefetch(store, { limit: 3 });
    await prefetch(store);
    expect(await store.begin(WORKER, { claim, number: numberOf(jobs[1] as ClaimedJob) })).toBe(true);
    expect(await takeOver()).toEqual({ suspects: numbers.slice(0, 4), free: numbers.slice(4) });
  });

  test('what the worker said earlier, and comes late, takes nothing back', async () => {
    await sign();
    const numbers = await at.pushMany(6);
    const { store } = at;
    const first = await prefetch(store, { limit: 2 });
    const { claim } = await prefetch(store);
    await store.begin(WORKER, { claim, number: numbers[3] as number });
    expect(await store.begin(WORKER, { claim, number: numbers[2] as number })).toBe(true);
    expect(await store.begin(WORKER, { claim: first.claim, number: numbers[5] as number })).toBe(true);
    expect(await takeOver()).toEqual({ suspects: numbers.slice(0, 4), free: numbers.slice(4) });
  });

  test('one that is taken over by its number is no suspect either, unless it had begun', async () => {
    await sign();
    const [begun = 0, waiting = 0] = await at.pushMany(2);
    const { store } = at;
    const { claim } = await prefetch(store);
    await store.begin(WORKER, { claim, number: begun });
    at.pass(LEASE_MS);
    const takeOne = (number: number) => at.store.claimOne(number, { worker: 'other:2/b', leaseMs: LEASE_MS });
    expect(await takeOne(begun)).toMatchObject({ isIsolated: true, crashCount: 1 });
    expect(await takeOne(waiting)).toMatchObject({ isIsolated: false, crashCount: 0 });
  });

  test('a type that has got a limit since then takes them over as well', async () => {
    await sign();
    const [begun = 0, waiting = 0] = await at.pushMany(2);
    const { store } = at;
    const { claim } = await prefetch(store);
    await store.begin(WORKER, { claim, number: begun });
    expect(await takeOver({ limits: new Map([['copy', { limit: 2 }]]) })).toEqual({
      suspects: [begun],
      free: [waiting],
    });
  });

  test('where nobody remembers the worker all are suspects', async () => {
    await sign();
    const numbers = await at.pushMany(2);
    await prefetch(at.store);
    await new Workers(at.database).leave(WORKER);
    expect(await takeOver()).toEqual({ suspects: numbers, free: [] });
  });

  test('of what it holds when its row is lost and comes back all are suspects, of what it prefetches then none', async () => {
    await sign();
    const [begun = 0, later = 0] = await at.pushMany(2);
    const { store } = at;
    const { claim } = await prefetch(store, { limit: 1 });
    await store.begin(WORKER, { claim, number: begun });
    await new Workers(at.database).leave(WORKER);
    await sign();
    await prefetch(store);
    expect(await takeOver()).toEqual({ suspects: [begun], free: [later] });
  });

  test('of a worker that has lost its row all are suspects, also when the row has come back', async () => {
    await sign();
    const numbers = await at.pushMany(2);
    await prefetch(at.store);
    await new Workers(at.database).leave(WORKER);
    await sign();
    expect(await takeOver()).toEqual({ suspects: numbers, free: [] });
  });

  test('what another worker says does not touch it, nor that it is there', async () => {
    await sign();
    await new Workers(at.database).sign('host:1/b', ['copy'], 2, 0);
    const [number = 0] = await at.pushMany(1);
    const { store } = at;
    const { claim } = await prefetch(store);
    await store.begin('host:1/b', { claim, number });
    await sign();
    expect(await takeOver()).toEqual({ suspects: [], free: [number] });
  });

  test.each([
    ['is held again', { due_at: '2999-01-01 00:00:00.000' }],
    ['has another holder', { lease_owner: 'other:2/b/p1' }],
    ['is paused', { status: 'paused' }],
  ])('a job that meanwhile %s is not let go', async (_, columns: Readonly<Record<string, string>>) => {
    await sign();
    const [number = 0] = await at.pushMany(1);
    await prefetch(at.store);
    at.pass(LEASE_MS);
    at.beforeNextUpdate(() => at.set(number, columns));
    const before = (await at.row(number)).lease_owner;
    await new BeginMarks(at.database).letGo([number]);
    const { lease_owner, lease_version } = await at.row(number);
    expect(String(lease_owner)).toBe(String(columns.lease_owner ?? before));
    expect(lease_version).toBe(1);
  });

  test('a worker that was paused past its lease cannot record what was let go', async () => {
    await sign();
    await at.push();
    const { store } = at;
    const { jobs } = await prefetch(store);
    at.pass(LEASE_MS);
    await new BeginMarks(at.database).letGo(jobs.map(numberOf));
    expect(await store.record(jobs[0] as ClaimedJob, slice(), BACK)).toBe('lost');
  });

  test('what is given back is due, counts no crash, and belongs to its worker no more', async () => {
    await sign();
    const numbers = await at.pushMany(300);
    const { store } = at;
    const first = await prefetch(store, { limit: 250 });
    const second = await prefetch(store, { limit: 100 });
    await store.giveBack(WORKER, [first, second].flatMap(unbegun).slice(1), LEASE_MS);
    expect(await store.record(second.jobs[0] as ClaimedJob, slice(), BACK)).toBe('lost');
    const again = await at.claim({ limit: 1000 });
    expect(again.map(numberOf)).toEqual(numbers.slice(1));
    expect(new Set(again.map(({ crashCount, isIsolated }) => `${crashCount} ${isIsolated}`))).toEqual(
      new Set(['0 false']),
    );
  });

  test('what is given back stands where it stood in line, and a paused one rests', async () => {
    await sign();
    const numbers = await at.pushMany(2);
    at.pass(1000);
    const { store } = at;
    const prefetched = await prefetch(store);
    const behind = await at.push();
    const rests = numbers[1] as number;
    await at.set(rests, { status: 'paused' });
    await store.giveBack(WORKER, unbegun(prefetched), LEASE_MS);
    expect(await at.claimNumbers({ limit: 1 })).toEqual([numbers[0]]);
    expect(await at.claimNumbers()).toEqual([behind.number]);
    expect(await at.row(rests)).toMatchObject({ status: 'paused', due_at: null, lease_owner: null });
  });

  test('what could not be given back goes back with the next claim', async () => {
    await sign();
    const numbers = await at.pushMany(2);
    const { store } = at;
    const waiting = unbegun(await prefetch(store));
    vi.spyOn(Database.prototype, 'changeAgain').mockRejectedValueOnce(new Error('gone away'));
    await expect(store.giveBack(WORKER, waiting, LEASE_MS)).rejects.toThrow('gone away');
    expect((await store.claim(REQUEST)).jobs.map(numberOf)).toEqual(numbers);
  });

  test('what others hold by now is not given back', async () => {
    await sign();
    const [number = 0] = await at.pushMany(1);
    const { store } = at;
    const [{ claim, dueAt }] = unbegun(await prefetch(store)) as [UnbegunJob];
    at.pass(LEASE_MS);
    await at.take(number, 'other:2/b');
    await store.giveBack(WORKER, [{ claim, number, dueAt }], LEASE_MS);
    expect((await at.job(number)).worker).toBe('other:2');
  });

  test('nothing is prefetched by a worker that cannot say what it begins', async () => {
    await at.pushMany(2);
    expect(await at.store.prefetch(REQUEST)).toBeUndefined();
    expect(await at.store.begin(WORKER, { claim: 1, number: 1 })).toBe(false);
  });

  test('nothing is prefetched while what may not wait is due, or what a dead worker left', async () => {
    await sign();
    await at.pushMany(2);
    const other = await at.push({ type: 'other' });
    const { store } = at;
    expect(await store.prefetch(REQUEST)).toBeUndefined();
    await at.set(other.number, { status: 'paused', due_at: null });
    const { jobs } = await prefetch(at.store, { limit: 1 });
    at.pass(LEASE_MS);
    expect(await at.store.prefetch({ ...REQUEST, limit: 1 }), 'just lost').toBeUndefined();
    at.pass(LEASE_MS);
    expect(await at.store.prefetch({ ...REQUEST, limit: 1 }), 'lost').toBeUndefined();
    await at.take(numberOf(jobs[0] as ClaimedJob));
  });

  test('nothing is prefetched where another takes from the same', async () => {
    await sign();
    const [first = 0] = await at.pushMany(4);
    const { store } = at;
    at.beforeNextUpdate(() => at.set(first, { due_at: '2999-01-01 00:00:00.000' }));
    expect((await store.claim({ ...REQUEST, limit: 2 })).jobs).toHaveLength(1);
    expect(await store.prefetch(REQUEST)).toBeUndefined();
    expect((await store.claim(REQUEST)).jobs).toHaveLength(2);
  });
}

const unbegun = ({ claim, jobs, dueAt }: Prefetched): UnbegunJob[] =>
  jobs.map(({ number }) => ({ claim, number, dueAt: dueAt.get(number) as string }));
const numberOf = ({ number }: ClaimedJob) => number;

import { expect, test } from 'vitest';
import { APPLICATION } from '../../../core/contracts/user.js';
import { KnexJobStore } from '../../../core/store/knex-job-store.js';
import { BACK, LEASE_MS, SUCCESS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** Which jobs a claim takes, and in what order. */
export function claimContract(at: StoreUnderTest): void {
  test('a claimed job is in progress, held by its worker, with a token of its own', async () => {
    const { number } = await at.push({ data: '{"n": 1}' });
    const [lease] = await at.claim({ worker: 'host:42/a' });
    expect(lease).toMatchObject({ number, leaseVersion: 1, sliceSeq: 0, crashCount: 0, refusals: 0, idleSlices: 0 });
    expect(lease).toMatchObject({
      dataText: '{"n": 1}',
      job: { data: { n: 1 }, status: 'in_progress', worker: 'host:42' },
    });
    expect(await at.job(number)).toMatchObject({ status: 'in_progress', attempt: 1, startedAt: at.now, revision: 1 });
  });

  test('a second claim does not give the same job again', async () => {
    await at.pushMany(3);
    const numbers = [...(await at.claimNumbers({ limit: 2 })), ...(await at.claimNumbers({ limit: 2 }))];
    expect(new Set(numbers).size).toBe(3);
    expect(await at.claim()).toEqual([]);
  });

  test('a claim takes only the types it asks for', async () => {
    const { number } = await at.push({ type: 'copy' });
    await at.push({ type: 'move' });
    await at.push({ type: 'Copy' });
    expect(await at.claimNumbers({ types: ['copy', 'print'] })).toEqual([number]);
  });

  test('jobs of a later version, or of another key, hide none that this worker can take', async () => {
    const sealed = { keyId: 'k2', values: { token: 'sealed' } };
    await at.pushMany(20, { version: 2 });
    await at.pushMany(20, { secrets: sealed });
    expect(await at.store.someDue(['copy'])).toBe(false);
    const { number } = await at.push();
    expect(await at.claimNumbers({ limit: 5 })).toEqual([number]);
  });

  test('a worker takes jobs of its version of a type and of older ones, and those whose secrets it can open', async () => {
    const sealed = { keyId: 'k2', values: { token: 'sealed' } };
    const abilities = { versions: new Map([['copy', 2]]), keyIds: ['k1', 'k2'] };
    const numbers = [
      (await at.push()).number,
      (await at.push({ version: 2, secrets: sealed })).number,
      (await at.push({ version: 3 })).number,
      (await at.push({ type: 'move', version: 2 })).number,
      (await at.push({ type: 'move' })).number,
    ];
    const store = new KnexJobStore(at.database, { patienceMs: LEASE_MS, abilities });
    const { jobs } = await store.claim({ worker: 'host:1/a', types: ['copy', 'move'], limit: 10, leaseMs: LEASE_MS });
    expect(jobs.map(({ number }) => number)).toEqual([numbers[0], numbers[1], numbers[4]]);
    expect(jobs[1]?.secrets).toEqual(sealed);
  });

  test('no types or no places: nothing is taken', async () => {
    await at.push();
    expect(await at.claim({ types: [] })).toEqual([]);
    expect(await at.claim({ limit: 0 })).toEqual([]);
    expect(await at.claimNumbers()).toHaveLength(1);
  });

  test.each(['paused', 'success', 'error', 'cancelled'])(
    'a job that is %s is not taken, even if it looks due',
    async (status) => {
      const { number } = await at.push();
      await at.set(number, { status });
      expect(await at.claim()).toEqual([]);
    },
  );

  test.each([
    ['flagged as deleted by another program', { deleted: 1 }],
    ['paused', { status: 'paused' }],
  ])('jobs that are %s neither run, nor count as due, nor take the places of others', async (_, columns) => {
    for (const number of await at.pushMany(5)) await at.set(number, columns);
    expect(await at.store.someDue(['copy'])).toBe(false);
    at.pass(1);
    const { number } = await at.push();
    expect(await at.claimNumbers({ limit: 1 })).toEqual([number]);
    expect(await at.claim()).toEqual([]);
  });

  test('a job is not taken a millisecond before its time, and taken when it has come', async () => {
    const { number, dueAt } = await at.push({ runAt: at.fromNow(60_000) });
    expect(dueAt).toBe(at.fromNow(60_000));
    at.pass(59_999);
    expect(await at.claim()).toEqual([]);
    at.pass(1);
    expect(await at.claimNumbers()).toEqual([number]);
  });

  test('the oldest are taken first', async () => {
    const numbers: number[] = [];
    for (let count = 0; count < 4; count++) {
      numbers.push((await at.push()).number);
      at.pass(10);
    }
    expect(await at.claimNumbers({ limit: 2 })).toEqual(numbers.slice(0, 2));
    expect(await at.claimNumbers({ limit: 2 })).toEqual(numbers.slice(2));
  });

  test('a higher priority goes first, and a low one need not wait beside an idle worker', async () => {
    const [low, normal, high] = [await at.push({ priority: -5 }), await at.push(), await at.push({ priority: 5 })];
    expect(await at.claimNumbers({ limit: 1 })).toEqual([high.number]);
    expect(await at.claimNumbers({ limit: 1 })).toEqual([normal.number]);
    expect(await at.claimNumbers({ limit: 1 })).toEqual([low.number]);
  });

  test('a low priority does not starve: after ten minutes even the highest stand behind it', async () => {
    const low = await at.push({ priority: -5 });
    at.pass(10 * 60_000 + 1);
    await at.push({ priority: 5 });
    expect(await at.claimNumbers({ limit: 1 })).toEqual([low.number]);
  });

  test('types are served in turn', async () => {
    for (const type of ['a', 'b', 'c']) await at.pushMany(4, { type });
    const typesOf = async (limit: number) =>
      (await at.claim({ types: ['a', 'b', 'c'], limit })).map(({ job }) => job.type).sort();
    expect(await typesOf(3)).toEqual(['a', 'b', 'c']);
    expect(await typesOf(4)).toEqual(['a', 'a', 'b', 'c']);
  });

  test('neither a crowd of one type nor a type that nobody serves hides the others', async () => {
    await at.pushMany(20, { type: 'crowd' });
    await at.pushMany(20, { type: 'unserved' });
    at.pass(1);
    const late = await at.push({ type: 'late' });
    expect(await at.claimNumbers({ types: ['crowd', 'late'], limit: 2 })).toContain(late.number);
  });

  test('a claim tells whether it left any due jobs', async () => {
    await at.pushMany(3);
    const leavesSome = async (limit: number) =>
      (await at.store.claim({ worker: 'host:1/a', types: ['copy', 'move'], limit, leaseMs: LEASE_MS })).more;
    expect(await leavesSome(1)).toBe(true);
    expect(await leavesSome(2)).toBe(false);
    expect(await leavesSome(1)).toBe(false);
  });

  test('whether anything is due counts jobs that nobody holds, of the asked types, whose time has come', async () => {
    const isDue = () => at.store.someDue(['copy']);
    expect(await isDue()).toBe(false);
    await at.push({ type: 'move' });
    const { number } = await at.push({ runAt: at.fromNow(1000) });
    expect(await isDue()).toBe(false);
    at.pass(1000);
    expect(await isDue()).toBe(true);
    await at.take(number);
    expect(await isDue()).toBe(false);
    expect(await at.store.someDue([])).toBe(false);
  });

  test('the attempt rises when a new job is begun, not when it goes on', async () => {
    const lease = await at.running();
    expect(lease.job.attempt).toBe(1);
    await at.store.record(lease, slice(), BACK);
    expect((await at.take(lease.number)).job.attempt).toBe(1);
    at.pass(LEASE_MS);
    expect((await at.take(lease.number)).job.attempt).toBe(1);
  });

  test('a job has started when it was first claimed, however often it is taken again', async () => {
    const { number } = await at.push();
    at.pass(5000);
    const started = at.now;
    await at.store.record(await at.take(number), slice(), BACK);
    at.pass(5000);
    await at.take(number);
    expect((await at.job(number)).startedAt).toBe(started);
  });

  test('an ended job is never claimed again', async () => {
    const lease = await at.running();
    await at.store.record(lease, SUCCESS, BACK);
    const cancelled = await at.push();
    await at.store.cancel(cancelled.number, APPLICATION);
    at.pass(24 * 3600_000);
    expect(await at.claim()).toEqual([]);
  });
}

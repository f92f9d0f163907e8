import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { APPLICATION } from '../../../core/contracts/user.js';
import { Database } from '../../../core/store/database.js';
import { BACK, LEASE_MS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** A look that serves claims is forgotten after this, ms. */
const FRESH_MS = 100;
const DUE = /SELECT number, type, CASE/;

/** Claims of one store that follow one another closely: a look serves several of them. */
export function claimAheadContract(at: StoreUnderTest): void {
  test('each due job is taken once, in its order, with few looks', async () => {
    const claim = claimer();
    const numbers = await at.pushMany(40);
    const looks = looksFromNow();
    // However slow this machine is just now, the looks stay fresh.
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const taken: number[] = [];
      for (let each = 0; each < 8; each++) taken.push(...(await claim(5)));
      expect(taken).toEqual(numbers);
      expect(looks()).toBeLessThan(4);
      expect(await claim(5)).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ['was cancelled', (number: number) => at.store.cancel(number, APPLICATION)],
    ['was paused', (number: number) => at.store.pause(number, APPLICATION)],
    ['is to wait', (number: number) => at.set(number, { due_at: '2999-01-01 00:00:00.000' })],
    ['was taken by another', (number: number) => at.take(number, 'host:2/b')],
    ['was flagged by another program', (number: number) => at.set(number, { deleted: 1 })],
  ])('a job that %s after the look is not taken, and none beside it is lost', async (_, change) => {
    const claim = claimer();
    const numbers = await at.pushMany(12);
    for (let each = 0; each < 2; each++) await claim(2);
    // `take` claims with a store of its own, up to ten.
    const before = await held();
    await change(numbers[7] as number);
    const others = new Set(await held());
    const taken: number[] = [];
    for (let each = 0; each < 8; each++) taken.push(...(await claim(2)));
    expect(taken).not.toContain(numbers[7]);
    for (const number of numbers.filter((each) => each !== numbers[7] && !others.has(each))) {
      expect(taken).toContain(number);
    }
    expect(new Set([...before, ...taken]).size).toBe(before.length + taken.length);
  });

  test('a job that comes back is taken again, behind the others', async () => {
    const claim = claimer();
    const [first = 0, ...others] = await at.pushMany(6);
    const store = at.store;
    const [lease] = (await store.claim({ ...REQUEST, limit: 1 })).jobs;
    at.pass(10);
    await store.record(lease as never, slice(), BACK);
    const taken: number[] = [];
    for (let each = 0; each < 6; each++) taken.push(...(await claim(1)));
    expect(taken).toEqual([...others, first]);
  });

  test('a job that is pushed with a higher priority goes first, at the latest when the look is no longer fresh', async () => {
    const claim = claimer();
    await at.pushMany(10);
    for (let each = 0; each < 3; each++) await claim(1);
    const { number } = await at.push({ priority: 5 });
    await sleep(FRESH_MS + 20);
    expect(await claim(1)).toEqual([number]);
  });

  test('what is left to others, and was found before, does not hide what is due now', async () => {
    const store = at.store;
    await at.pushMany(8);
    await at.claim();
    at.pass(LEASE_MS);
    const claim = async (standingBy: number) => await store.claim({ ...REQUEST, limit: 1, standingBy });
    for (let each = 0; each < 2; each++) expect((await claim(1)).jobs).toHaveLength(1);
    const { number } = await at.push({ priority: 5 });
    expect((await claim(0)).jobs.map((job) => job.number)).toEqual([number]);
  });

  const REQUEST = { worker: 'host:1/a', types: ['copy'], leaseMs: LEASE_MS };

  /** The numbers that the next claim of one store takes. */
  function claimer(): (limit: number) => Promise<number[]> {
    const store = at.store;
    return async (limit) => (await store.claim({ ...REQUEST, limit })).jobs.map(({ number }) => number);
  }

  async function held(): Promise<number[]> {
    return (await at.database.knex('progress_manager').whereNotNull('lease_owner').pluck('number')).map(Number);
  }

  /** Counts the reads of what is due. */
  function looksFromNow(): () => number {
    const { rows } = Database.prototype;
    let looks = 0;
    vi.spyOn(Database.prototype, 'rows').mockImplementation(async function (this: Database, sql, ...more) {
      if (DUE.test(sql)) looks++;
      return rows.call(this, sql, ...more) as never;
    });
    return () => looks;
  }
}

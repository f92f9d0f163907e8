import { describe, expect, test, vi } from 'vitest';
import type { ClaimedJob } from '../../../core/contracts/job-store.js';
import type { TypeLimits } from '../../../core/contracts/limits.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { Pauses } from '../../../core/store/pauses.js';
import { Taking } from '../../../core/store/taking.js';
import { BACK, LEASE_MS, SUCCESS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** Jobs that wait although they are due: their type, owner or group has enough, began enough, or is paused. */
export function limitsContract(at: StoreUnderTest): void {
  const claimed = (own: TypeLimits, changes: object = {}) => at.claim({ limits: new Map([['copy', own]]), ...changes });
  const end = (job: ClaimedJob) => at.store.record(job, SUCCESS, BACK);

  test('no more jobs of a type run than its limit, and the oldest are first', async () => {
    const numbers = await at.pushMany(5);
    const first = await claimed({ limit: 2 });
    expect(first.map(({ number }) => number)).toEqual(numbers.slice(0, 2));
    expect(await claimed({ limit: 2 })).toEqual([]);
    await end(first[0] as ClaimedJob);
    expect((await claimed({ limit: 2 })).map(({ number }) => number)).toEqual(numbers.slice(2, 3));
  });

  test('a full type does not hide others, and asks for no further look', async () => {
    await at.pushMany(5);
    const { number } = await at.push({ type: 'move' });
    const request = { worker: 'host:1/a', types: ['copy', 'move'], limit: 10, leaseMs: LEASE_MS };
    const limits = new Map([['copy', { limit: 2 }]]);
    const { jobs, more } = await at.store.claim({ ...request, limits });
    expect(jobs.map(({ job }) => job.type).sort()).toEqual(['copy', 'copy', 'move']);
    expect([jobs.some((job) => job.number === number), more]).toEqual([true, false]);
  });

  test('a job paused in the middle of its slice still counts, one whose worker is lost does not', async () => {
    const numbers = await at.pushMany(3);
    const [running] = await claimed({ limit: 1 });
    await at.store.pause(running?.number as number, APPLICATION);
    expect(await claimed({ limit: 1 })).toEqual([]);
    at.pass(LEASE_MS + 1);
    expect((await claimed({ limit: 1 })).map(({ number }) => number)).toEqual(numbers.slice(1, 2));
  });

  test('a lost job takes its place again before others, within the limit', async () => {
    const numbers = await at.pushMany(3);
    await claimed({ limit: 2 });
    at.pass(LEASE_MS + 1);
    const again = await claimed({ limit: 2 }, { worker: 'host:2/b' });
    expect(again).toHaveLength(2);
    expect(numbers).toEqual(expect.arrayContaining(again.map(({ number }) => number)));
    expect(await claimed({ limit: 2 })).toEqual([]);
  });

  describe('a job holds its place from its first slice', () => {
    const limit = { limit: 1 };
    const numbersOf = (jobs: readonly ClaimedJob[]) => jobs.map(({ number }) => number);

    test.each<[string, (job: ClaimedJob) => Promise<unknown>, number]>([
      ['at the back of a line of a thousand', (job) => at.store.record(job, slice({ offset: 1 }), BACK), 0],
      ['given back', (job) => at.store.release(job), 0],
      ['after "not now"', (job) => at.store.postpone(job, { refusals: 1, idleSlices: 0 }, 30_000), 30_000],
      ['of a dead worker', async () => undefined, LEASE_MS],
      ['whose child process died', (job) => at.store.childDied(job), 0],
    ])('%s, and goes on before others begin', async (_, leave, dueInMs) => {
      const [first] = await at.pushMany(1000);
      const [job] = await claimed(limit);
      await leave(job as ClaimedJob);
      await at.pushMany(5, { priority: 5 });
      const next = () => claimed(limit, { worker: 'host:2/b', limit: 5 }).then(numbersOf);
      if (dueInMs > 0) expect(await next()).toEqual([]);
      at.pass(dueInMs);
      expect(await next()).toEqual([first]);
      expect(await next()).toEqual([]);
    });

    test.each<[string, (job: ClaimedJob) => Promise<unknown>]>([
      ['ends', (job) => at.store.record(job, SUCCESS, BACK)],
      ['is cancelled', (job) => at.store.cancel(job.number, APPLICATION)],
      ['is condemned', (job) => at.store.condemn(job, { code: 'worker_lost', message: '' })],
      ['is flagged as deleted by another program', (job) => at.set(job.number, { deleted: 1 })],
      ['is tried again later', (job) => at.store.tryLater(job, { code: 'failed', message: '' }, 1000)],
      ['waits for the jobs that it added', (job) => at.store.record(job, slice({ offset: 1 }), { next: 'wait' })],
      [
        'is paused between two slices',
        async (job) => {
          await at.store.record(job, slice({ offset: 1 }), BACK);
          await at.store.pause(job.number, APPLICATION);
        },
      ],
      [
        'is paused in a slice, and then flagged as deleted',
        async (job) => {
          await at.store.pause(job.number, APPLICATION);
          await at.set(job.number, { deleted: 1 });
        },
      ],
      [
        'is paused in a slice that is recorded',
        async (job) => {
          await at.store.pause(job.number, APPLICATION);
          await at.store.record(job, slice({ offset: 1 }), BACK);
        },
      ],
      [
        'is paused in a slice that says "not now"',
        async (job) => {
          await at.store.pause(job.number, APPLICATION);
          await at.store.postpone(job, { refusals: 1, idleSlices: 0 }, 1000);
        },
      ],
    ])('until it %s', async (_, leave) => {
      const [, second] = await at.pushMany(2);
      const [job] = await claimed(limit);
      await leave(job as ClaimedJob);
      expect(numbersOf(await claimed(limit))).toEqual([second]);
    });

    test('and needs one again when it is resumed, or due for another try', async () => {
      const [first, second, third] = await at.pushMany(3);
      const [job] = await claimed(limit);
      await at.store.tryLater(job as ClaimedJob, { code: 'failed', message: '' }, 1000);
      const [next] = await claimed(limit);
      await at.store.pause(second as number, APPLICATION);
      at.pass(LEASE_MS + 1);
      const [last] = await claimed({ limit: 1 }, { limit: 1 });
      await at.store.resume(second as number, APPLICATION);
      expect(await claimed(limit)).toEqual([]);
      expect([first, third]).toContain(last?.number);
      expect(next?.number).toBe(second);
    });
  });

  test('an owner has no more than the limit of owners; others go past, and jobs of nobody', async () => {
    for (const userId of ['ann', 'ann', 'ann', 'bob', undefined, undefined, 'Ann'])
      await at.push(userId === undefined ? {} : { userId });
    const owners = (jobs: readonly ClaimedJob[]) => jobs.map(({ job }) => job.userId);
    expect(owners(await claimed({ limitPerOwner: 1 }))).toEqual(['ann', 'bob', undefined, undefined, 'Ann']);
    expect(await claimed({ limitPerOwner: 1 })).toEqual([]);
    expect(owners(await claimed({ limitPerOwner: 2 }))).toEqual(['ann']);
  });

  test('a full owner’s crowd does not hide the jobs of others', async () => {
    await at.pushMany(30, { userId: 'ann' });
    await claimed({ limitPerOwner: 1 });
    const { number } = await at.push({ userId: 'bob' });
    expect((await claimed({ limitPerOwner: 1 }, { limit: 1 })).map((job) => job.number)).toEqual([number]);
  });

  test('a group has no more than the limit of groups', async () => {
    for (const group of ['shop 1', 'shop 1', 'shop 2', undefined, undefined])
      await at.push(group === undefined ? {} : { group });
    expect(await claimed({ limitPerGroup: 1 })).toHaveLength(4);
    expect(await claimed({ limitPerGroup: 1 })).toEqual([]);
  });

  test('the narrowest of several limits holds', async () => {
    for (const userId of ['ann', 'ann', 'bob', 'cem', 'dan']) await at.push({ userId });
    expect(await claimed({ limit: 3, limitPerOwner: 1, rate: { limit: 100, per: 1000 } })).toHaveLength(3);
    expect(await claimed({ limit: 5, rate: { limit: 4, per: 1000 } })).toHaveLength(1);
  });

  test('no more begin than the rate within any of its times, however they end', async () => {
    await at.pushMany(12);
    const rate = { limit: 3, per: 10_000 };
    const began: number[] = [];
    for (let passed = 0; passed < 40_000; passed += 500) {
      for (const job of await claimed({ rate }, { limit: 2 })) {
        began.push(passed);
        await end(job);
      }
      at.pass(500);
    }
    expect(began).toEqual([0, 0, 500, 10_000, 10_000, 10_500, 20_000, 20_000, 20_500, 30_000, 30_000, 30_500]);
  });

  test('a job that goes on does not begin; one that is tried again after an error does', async () => {
    const rate = { limit: 1, per: 10_000 };
    await at.push();
    const [job] = await claimed({ rate });
    await at.store.release(job as ClaimedJob);
    const [again] = await claimed({ rate });
    expect(again?.number).toBe(job?.number);
    await at.store.tryLater(again as ClaimedJob, { code: 'failed', message: 'no' }, 1000);
    at.pass(1000);
    expect(await claimed({ rate })).toEqual([]);
    at.pass(9000);
    expect(await claimed({ rate })).toHaveLength(1);
  });

  test('twenty claimers on two connections never have more than three at once, and lose none of a hundred', async () => {
    const stores = [at.store, at.otherStore];
    const limits = new Map([['copy', { limit: 3 }]]);
    for (let index = 0; index < 100; index++) await at.push();
    let running = 0;
    let most = 0;
    let ended = 0;
    let hasFailed = false;
    const work = async (index: number) => {
      const store = stores[index % 2] as typeof at.store;
      while (ended < 100 && !hasFailed) {
        const request = { worker: `host:${index}/a`, types: ['copy'], limit: 2, leaseMs: LEASE_MS, limits };
        const { jobs } = await store.claim({ ...request, limit: 3 });
        running += jobs.length;
        most = Math.max(most, running);
        for (const job of jobs) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          // Before the record: from its commit on another may be claimed.
          running--;
          expect(await store.record(job, SUCCESS, BACK)).toBe('recorded');
          ended++;
        }
        if (jobs.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    const works = Array.from({ length: 20 }, (_, index) => work(index));
    for (const each of works) each.catch(() => (hasFailed = true));
    await Promise.all(works);
    expect(most).toBeLessThanOrEqual(3);
    expect([most > 1, ended]).toEqual([true, 100]);
  }, 60_000);

  test('a claim that another has gone before, after its look, takes nothing', async () => {
    await at.pushMany(4);
    const { through } = Taking.prototype;
    vi.spyOn(Taking.prototype, 'through').mockImplementationOnce(async function (this: Taking, ...taking) {
      await claimed({ limit: 2 }, { worker: 'host:2/b' });
      return through.apply(this, taking);
    });
    expect(await claimed({ limit: 2 })).toEqual([]);
    expect(await at.database.knex('progress_manager').where({ status: 'in_progress' })).toHaveLength(2);
  });

  pausesContract(at);
}

function pausesContract(at: StoreUnderTest): void {
  test('a paused type is not claimed until its pause has ended; others are', async () => {
    const pauses = new Pauses(at.database);
    const { number } = await at.push();
    const other = await at.push({ type: 'move' });
    await pauses.add('copy', 'root');
    await pauses.add('copy', 'ann');
    expect(await pauses.list()).toEqual([{ scope: 'copy', since: at.now, by: 'root' }]);
    expect(await at.claimNumbers({ types: ['copy', 'move'] })).toEqual([other.number]);
    expect(await at.store.someDue(['copy'])).toBe(false);
    await pauses.end('copy');
    expect(await at.claimNumbers({ types: ['copy', 'move'] })).toEqual([number]);
  });

  test('while all is paused nothing is claimed, and what is pushed waits', async () => {
    const pauses = new Pauses(at.database);
    await pauses.add('*', undefined);
    const pushed = await at.pushMany(3);
    expect(await at.claimNumbers()).toEqual([]);
    expect(await at.claim({ limits: new Map([['copy', { limit: 2 }]]) })).toEqual([]);
    await pauses.end('*');
    expect(await at.claimNumbers()).toEqual(pushed);
  });
}

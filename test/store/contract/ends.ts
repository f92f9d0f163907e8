import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { NewJob, SliceRecord } from '../../../core/contracts/job-store.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { Ends } from '../../../core/store/ends.js';
import { toStored } from '../../../core/store/row.js';
import { BACK, FAILURE, LEASE_MS, SUCCESS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

const HOOK = 'finished:mail';

/** Who is told of the ends of jobs, and how often. */
export function endsContract(at: StoreUnderTest): void {
  const ends = () => new Ends(at.database);
  const notified = async (): Promise<number[]> =>
    (await at.database.knex('progress_notification').orderBy('id')).map(({ job_number }) => Number(job_number));
  const since = () => ({ since: toStored(at.fromNow(-60_000)) });
  const claimed = async (which: Parameters<Ends['claimNew']>[1] = since()): Promise<number[]> =>
    (await ends().claimNew(HOOK, which, LEASE_MS)).won.map(({ job }) => job.number);

  /** Number and id of a job that has come to this. */
  async function ended(record: SliceRecord = SUCCESS, changes: Partial<NewJob> = { userId: 'ann' }) {
    const lease = await at.running(changes);
    await at.store.record(lease, record, BACK);
    return { number: lease.number, id: lease.job.id };
  }

  async function cancelled(): Promise<number> {
    const { number } = await at.push({ userId: 'ann' });
    await at.store.cancel(number, APPLICATION);
    return number;
  }

  beforeEach(async () => {
    for (const table of ['progress_notification', 'progress_told', 'progress_telling'])
      await at.database.knex(table).delete();
  });

  describe.each([['since a time'], ['of these jobs']])('notified of ends %s', (how) => {
    const notify = async (): Promise<void> => {
      const ids = await at.database.knex('progress_manager').pluck('id');
      await ends().notify(how === 'since a time' ? since() : { ids });
    };

    test('are the owners of successes and errors, once', async () => {
      const [one, other] = [await ended(), await ended(FAILURE)];
      await notify();
      await notify();
      expect(await notified()).toEqual([one.number, other.number]);
    });

    test('is nobody of a job that is cancelled, hidden, of nobody, deleted or not at its end', async () => {
      await cancelled();
      await ended(SUCCESS, { userId: 'ann', isHidden: true });
      await ended(SUCCESS, {});
      await at.set((await ended()).number, { deleted: 1 });
      await ended(slice());
      await notify();
      expect(await notified()).toEqual([]);
    });

    test('is the owner of a job that was tried again of its other end too', async () => {
      const { number } = await ended(FAILURE);
      await notify();
      await at.store.retry(number, APPLICATION);
      await at.store.record(await at.take(number), SUCCESS, BACK);
      await notify();
      expect(await notified()).toEqual([number, number]);
    });
  });

  test('ends that are older than a look are not looked at', async () => {
    await ended();
    at.pass(120_000);
    const { number } = await ended();
    await ends().notify(since());
    expect(await notified()).toEqual([number]);
    expect(await claimed()).toEqual([number]);
  });

  test('more ends than go into one statement are told, each once', async () => {
    const { number } = await ended();
    const row = await at.row(number);
    const rows = Array.from({ length: 700 }, (_, index) => {
      const { number: _number, active_key, is_finished, ...rest } = row;
      return { ...rest, id: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}` };
    });
    await at.database.knex.batchInsert('progress_manager', rows, 100);
    await ends().notify(since());
    expect(new Set(await notified()).size).toBe(701);
  });

  describe('a hook', () => {
    test.each([
      ['since a time', async () => since()],
      ['of these jobs', async () => ({ ids: await at.database.knex('progress_manager').pluck('id') })],
    ])('is told every end %s, of whatever kind, once', async (_, which) => {
      const numbers = [(await ended()).number, (await ended(FAILURE, {})).number, await cancelled()];
      await ended(slice());
      await at.set((await ended()).number, { deleted: 1 });
      await at.store.retry((await ended(FAILURE)).number, APPLICATION);
      expect(await claimed(await which())).toEqual(numbers);
      expect(await claimed(await which())).toEqual([]);
    });

    test('is told by one of two who claim the same', async () => {
      const { id, number } = await ended();
      const others = new Ends(at.database);
      const both = await Promise.all([ends(), others].map((each) => each.claimNew(HOOK, { ids: [id] }, LEASE_MS)));
      expect(both.flatMap(({ won }) => won.map(({ job }) => job.number))).toEqual([number]);
    });

    test('is told again what somebody was to tell and has not, once its time is over, by one of two', async () => {
      const { number } = await ended();
      await claimed();
      expect((await ends().claimLeft(HOOK, LEASE_MS)).won).toEqual([]);
      at.pass(LEASE_MS);
      const others: number[] = [];
      at.beforeNextUpdate(async () => {
        others.push(...(await ends().claimLeft(HOOK, LEASE_MS)).won.map(({ job }) => job.number));
      });
      expect((await ends().claimLeft(HOOK, LEASE_MS)).won).toEqual([]);
      expect(others).toEqual([number]);
    });

    test('is told by nobody else what is still being told, or was', async () => {
      await ended();
      const [end] = (await ends().claimNew(HOOK, since(), LEASE_MS)).won;
      if (!end) throw new Error('Nothing was claimed.');
      at.pass(LEASE_MS - 1);
      await ends().renew(end, LEASE_MS);
      at.pass(LEASE_MS - 1);
      expect((await ends().claimLeft(HOOK, LEASE_MS)).won).toEqual([]);
      await ends().told(end);
      await ends().renew(end, 0);
      at.pass(LEASE_MS);
      expect((await ends().claimLeft(HOOK, LEASE_MS)).won).toEqual([]);
    });

    test('leaves those of another hook to it', async () => {
      await ended();
      await claimed();
      at.pass(LEASE_MS);
      expect((await ends().claimLeft('finished:sms', LEASE_MS)).won).toEqual([]);
      expect((await ends().claimNew('finished:sms', since(), LEASE_MS)).won).toHaveLength(1);
    });
  });

  test('a look begins where it is first asked for, and never goes back', async () => {
    await ends().begin(HOOK);
    const began = toStored(at.now);
    at.pass(100_000);
    await ends().begin(HOOK);
    const reach = await ends().reach(HOOK, 60_000);
    expect(reach).toEqual({ since: began, until: toStored(at.fromNow(-60_000)) });
    await ends().reached(HOOK, { since: began, until: toStored(at.fromNow(-60_000)) });
    await ends().reached(HOOK, { since: began, until: began });
    expect((await ends().reach(HOOK, 0))?.since).toBe(toStored(at.fromNow(-60_000)));
    expect(await ends().reach('nobody', 0)).toBeUndefined();
  });

  test('what is old is pruned, but not what a look would tell again or what is still to be told', async () => {
    await ends().begin('notification');
    await ends().begin(HOOK);
    at.pass(1000);
    await ended();
    await ends().notify(since());
    const [end] = (await ends().claimNew(HOOK, since(), LEASE_MS)).won;
    at.pass(10_000);
    const left = async () => [(await notified()).length, (await at.database.knex('progress_told').select('*')).length];
    await ends().prune(5000, 500);
    expect(await left()).toEqual([1, 1]);
    for (const name of ['notification', HOOK]) {
      const until = toStored(at.now);
      await ends().reached(name, { since: until, until });
    }
    await ends().prune(20_000, 500);
    expect(await left()).toEqual([1, 1]);
    await ends().prune(5000, 500);
    expect(await left()).toEqual([0, 1]);
    if (end) await ends().told(end);
    await ends().prune(5000, 500);
    expect(await left()).toEqual([0, 0]);
  });

  test('the old ones go in batches: no statement takes more, and an end that is not old stays', async () => {
    for (const name of ['notification', HOOK]) await ends().begin(name);
    at.pass(1000);
    const [old, fresh] = [toStored(at.now), toStored(at.fromNow(9000))];
    const row = (job: string, version: number, at: string) => ({ job_id: job, end_version: version, at });
    // Two jobs that end as often: a version of the one is one of the other, and one of the ends is not old.
    const rows = [1, 2, 3, 4, 5, 6].flatMap((version) => [row('a', version, old), row('b', version, old)]);
    rows[2] = row('a', 2, fresh);
    await at.database.knex('progress_notification').insert(
      rows.map(({ at: created_at, ...end }) => ({
        ...{ ...end, created_at, user_id: 'ann', job_number: 1, job_name: 'A', job_type: 'copy', status: 'success' },
      })),
    );
    await at.database
      .knex('progress_told')
      .insert(rows.map(({ at: ended_at, ...end }) => ({ ...end, ended_at, hook: HOOK, event: '{}' })));
    at.pass(10_000);
    const until = toStored(at.now);
    for (const name of ['notification', HOOK]) await ends().reached(name, { since: until, until });
    const changes = vi.spyOn(at.database, 'changeAgain');
    const more: boolean[] = [];
    for (let times = 0; times < 4; times++) more.push(await ends().prune(5000, 4));
    const removed = await Promise.all(changes.mock.results.map(({ value }) => value));
    changes.mockRestore();
    expect(more).toEqual([true, true, false, false]);
    expect(removed).toEqual([4, 4, 4, 4, 3, 3]);
    expect(await at.database.knex('progress_told').select('job_id', 'end_version')).toEqual([
      expect.objectContaining({ job_id: expect.stringMatching(/^a *$/) }),
    ]);
    expect(await notified()).toHaveLength(1);
  });
}

import { expect, test, vi } from 'vitest';
import type { ClaimedJob } from '../../../core/contracts/job-store.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { Database } from '../../../core/store/database.js';
import { brokenConnection } from '../../support/database-fault.js';
import { BACK, FAILURE, KEEP, LEASE_MS, SUCCESS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** Slices that end in one turn: one statement, and a fate for each. */
export function recordTogetherContract(at: StoreUnderTest): void {
  test('slices of one turn that leave their rows alike are one statement, and each stands as it was told', async () => {
    const [going, still, back, alsoBack, ended, failed] = await leases(6);
    await at.set(alsoBack.number, { priority: 5 });
    const store = at.store;
    const sent = updates();
    at.pass(700);
    const outputs = [{ name: 'a.csv', size: 3, parts: [{ name: '1-1', size: 3 }] }];
    const counts = { processed: 30, total: undefined, failed: 2, skipped: 3 };
    const said = { offset: 30, progress: 7.25, counts, message: 'O’Hara', data: '{"page": 2}', result: '[1]', outputs };
    expect(
      await Promise.all([
        store.record(alsoBack, slice({ offset: 3, message: '?' }), BACK),
        store.record(going, slice({ ...said, idleSlices: 4 }), KEEP),
        store.record(back, slice(), BACK),
        store.record(ended, SUCCESS, KEEP),
        store.record(still, slice({ progress: 8, counts: { ...counts, total: 99 } }), KEEP),
        store.record(failed, FAILURE, BACK),
      ]),
    ).toEqual(Array(6).fill('recorded'));
    expect(sent).toHaveLength(3);
    expect(await at.job(going.number)).toMatchObject({
      ...{ offset: 30, progress: 7.25, counts, message: 'O’Hara', data: { page: 2 }, result: [1], outputs },
      ...{ status: 'in_progress', worker: 'host:1', dueAt: at.fromNow(LEASE_MS), modifiedAt: at.now, revision: 2 },
    });
    expect(await at.row(going.number)).toMatchObject({ slice_seq: 1, idle_slices: 4, pushed_data: '{}' });
    expect(await at.job(still.number)).toMatchObject({
      ...{ offset: 1, progress: 8, counts: { ...counts, total: 99 }, message: undefined, data: {}, result: undefined },
      ...{ outputs: [], status: 'in_progress', worker: 'host:1', dueAt: at.fromNow(LEASE_MS) },
    });
    expect(await at.row(still.number)).toMatchObject({ slice_seq: 1, idle_slices: 0, pushed_data: null });
    expect(await at.job(back.number)).toMatchObject({
      ...{ offset: 1, worker: undefined, dueAt: at.fromNow(-300_000), message: undefined },
    });
    expect(await at.job(alsoBack.number)).toMatchObject({
      ...{ offset: 3, worker: undefined, dueAt: at.fromNow(-600_000), message: '?' },
    });
    expect(await at.job(ended.number)).toMatchObject({
      ...{
        status: 'success',
        progress: 100,
        finishedAt: at.now,
        dueAt: undefined,
        worker: undefined,
        error: undefined,
      },
    });
    expect(await at.job(failed.number)).toMatchObject({
      ...{ status: 'error', error: { code: 'threw' }, finishedAt: at.now, dueAt: undefined, worker: undefined },
    });
  });

  test('leases of different workers and slices of different numbers are each held against their own row', async () => {
    const [first, second, third] = await leases(3);
    const [taken, late] = [
      { ...first, leaseVersion: first.leaseVersion + 4 },
      { ...second, sliceSeq: 7 },
    ];
    await at.set(first.number, { lease_version: taken.leaseVersion });
    await at.set(second.number, { slice_seq: 7 });
    const store = at.store;
    // Each has what another's row asks for.
    const wrong = [{ ...first }, { ...second }, { ...third, leaseVersion: taken.leaseVersion, sliceSeq: 7 }];
    const refused = await Promise.all(wrong.map((lease) => store.record(lease, slice({ offset: 9 }), KEEP)));
    expect(refused).not.toContain('recorded');
    const told = await Promise.all(
      [taken, late, third].map((lease) => store.record(lease, slice({ offset: 4 }), KEEP)),
    );
    expect(told).toEqual(Array(3).fill('recorded'));
    for (const { number } of [first, second, third]) expect(await at.job(number)).toMatchObject({ offset: 4 });
  });

  test('a crash is forgotten by the job that has moved, and by no other of the turn', async () => {
    const [moved, stood] = await leases(2);
    for (const { number } of [moved, stood]) await at.set(number, { crash_count: 2, refusals: 1 });
    const store = at.store;
    await Promise.all([store.record(moved, slice(), KEEP), store.record(stood, slice({ offset: 0 }), KEEP)]);
    expect(await at.row(moved.number)).toMatchObject({ crash_count: 0, refusals: 0 });
    expect(await at.row(stood.number)).toMatchObject({ crash_count: 2, refusals: 0 });
  });

  test('the data as it was pushed is kept once, by the first slice that changes it', async () => {
    const [one, other] = await leases(2);
    const store = at.store;
    await Promise.all([one, other].map((lease) => store.record(lease, slice({ data: '[1]' }), KEEP)));
    const again = [one, other].map((lease) => ({ ...lease, sliceSeq: 1 }));
    await Promise.all(again.map((lease) => store.record(lease, slice({ data: '[2]', result: '1' }), KEEP)));
    expect(await at.row(one.number)).toMatchObject({ pushed_data: '{}', data: '[2]' });
    const third = [one, other].map((lease) => ({ ...lease, sliceSeq: 2 }));
    await Promise.all(third.map((lease) => store.record(lease, slice({ offset: 5 }), KEEP)));
    expect(await at.job(other.number)).toMatchObject({ data: [2], result: 1, offset: 5 });
  });

  test.each([
    ['was taken over', (number: number) => at.set(number, { lease_version: 9 })],
    ['was recorded already', (number: number) => at.set(number, { slice_seq: 9 })],
    ['has ended', (number: number) => at.set(number, { status: 'success' })],
    ['was cancelled', (number: number) => at.store.cancel(number, APPLICATION)],
  ])('a job that %s is not written, and those beside it are', async (_, change) => {
    const [lost, ...held] = await leases(3);
    await change(lost.number);
    const before = await at.row(lost.number);
    const store = at.store;
    const told = [lost, ...held].map((lease) => store.record(lease, slice({ offset: 7, data: '[7]' }), KEEP));
    // Its slice number has risen: whether this write was the one is not known.
    const fate = Number(before.slice_seq) > lost.sliceSeq ? expect.stringMatching(/^(?:lost|unknown)$/) : 'lost';
    expect(await Promise.all(told)).toEqual([fate, 'recorded', 'recorded']);
    expect(await at.row(lost.number)).toEqual(before);
    for (const { number } of held) expect((await at.job(number)).offset).toBe(7);
  });

  test('a job that was paused meanwhile is recorded and rests, and those beside it go on', async () => {
    const [paused, ended, held] = await leases(3);
    for (const { number } of [paused, ended]) await at.store.pause(number, APPLICATION);
    const store = at.store;
    const told = [
      store.record(paused, slice(), KEEP),
      store.record(ended, SUCCESS, KEEP),
      store.record(held, slice(), KEEP),
    ];
    expect(await Promise.all(told)).toEqual(['paused', 'recorded', 'recorded']);
    expect(await at.job(paused.number)).toMatchObject({ status: 'paused', offset: 1, worker: undefined });
    expect(await at.job(ended.number)).toMatchObject({ status: 'success' });
    expect(await at.job(held.number)).toMatchObject({ status: 'in_progress', worker: 'host:1' });
  });

  test('a turn whose answer is lost has recorded each of its slices, once', async () => {
    const held = await leases(3);
    const store = at.store;
    const send = Database.prototype.changeAgain;
    vi.spyOn(Database.prototype, 'changeAgain').mockImplementationOnce(async function (this: Database, ...statement) {
      await send.apply(this, statement);
      return brokenConnection();
    });
    expect(await Promise.all(held.map((lease) => store.record(lease, slice(), KEEP)))).toEqual(
      Array(3).fill('recorded'),
    );
    for (const { number } of held) expect(await at.row(number)).toMatchObject({ slice_seq: 1, revision: 2 });
  });

  test('a turn that breaks its connection before it is done is done one by one', async () => {
    const held = await leases(3);
    const store = at.store;
    vi.spyOn(Database.prototype, 'changeAgain').mockImplementationOnce(brokenConnection);
    expect(await Promise.all(held.map((lease) => store.record(lease, slice(), KEEP)))).toEqual(
      Array(3).fill('recorded'),
    );
    for (const { number } of held) expect(await at.row(number)).toMatchObject({ slice_seq: 1 });
  });

  test('of two records of one slice in one turn one counts', async () => {
    const [lease] = await leases(1);
    const store = at.store;
    const told = await Promise.all([
      store.record(lease, slice({ offset: 3 }), KEEP),
      store.record(lease, slice({ offset: 3 }), KEEP),
    ]);
    expect(told).toContain('recorded');
    expect(told.filter((each) => each === 'recorded')).toHaveLength(1);
    expect(await at.row(lease.number)).toMatchObject({ slice_seq: 1, progress_offset: 3 });
  });

  test('of an old and a new lease of one job in one turn the new one counts, whichever was asked first', async () => {
    const [old, other] = await leases(2);
    await at.set(old.number, { lease_version: old.leaseVersion + 1 });
    const renewed = { ...old, leaseVersion: old.leaseVersion + 1 };
    const store = at.store;
    const told = [old, renewed, other].map((lease, index) => store.record(lease, slice({ offset: 5 + index }), KEEP));
    const [late, ...held] = await Promise.all(told);
    expect(late).not.toBe('recorded');
    expect(held).toEqual(['recorded', 'recorded']);
    expect((await at.job(old.number)).offset).toBe(6);
    expect((await at.job(other.number)).offset).toBe(7);
  });

  test('what all slices of a turn say alike their statement says once, its write id too', async () => {
    const turns = [await leases(120), await leases(120)];
    const store = at.store;
    const sent = updates();
    for (const held of turns) await Promise.all(held.map((lease) => store.record(lease, SUCCESS, KEEP)));
    expect([...turns.map((held) => held.length), sent.length]).toEqual([120, 120, 2]);
    for (const text of sent) expect(text).not.toContain('CASE number');
  });

  async function leases(
    count: number,
  ): Promise<[ClaimedJob, ClaimedJob, ClaimedJob, ClaimedJob, ClaimedJob, ClaimedJob]> {
    await at.pushMany(count);
    return (await at.claim({ limit: count })) as never;
  }

  /** The texts of guarded statements that are sent from now on, in a turn or alone. */
  function updates(): string[] {
    const sent: string[] = [];
    const { change } = Database.prototype;
    vi.spyOn(Database.prototype, 'change').mockImplementation(async function (this: Database, sql, ...more) {
      if (sql.startsWith('UPDATE progress_manager')) sent.push(sql);
      return change.call(this, sql, ...more);
    });
    return sent;
  }
}

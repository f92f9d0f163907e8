import { expect, test } from 'vitest';
import { APPLICATION } from '../../../core/contracts/user.js';
import { BACK, FAILURE, KEEP, LEASE_MS, SUCCESS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** What recording a slice writes, and when it is refused. */
export function recordContract(at: StoreUnderTest): void {
  test('a recorded slice stands in the row as it was told', async () => {
    const lease = await at.running({ data: '{"page": 1}' });
    at.pass(700);
    const counts = { processed: 30, total: 400, failed: 2, skipped: 3 };
    const outputs = [{ name: 'a.csv', size: 3, parts: [{ name: '1-1', size: 3 }] }];
    const said = {
      offset: 30,
      progress: 7.25,
      counts,
      message: 'On page 2',
      data: '{"page": 2}',
      result: '[1]',
      outputs,
    };
    expect(await at.store.record(lease, slice({ ...said, idleSlices: 4 }), KEEP)).toBe('recorded');
    expect(await at.job(lease.number)).toMatchObject({
      ...{ offset: 30, progress: 7.25, counts, message: 'On page 2', data: { page: 2 }, result: [1], outputs },
      ...{ status: 'in_progress', modifiedAt: at.now, finishedAt: undefined, revision: lease.job.revision + 1 },
    });
    expect(await at.row(lease.number)).toMatchObject({ slice_seq: 1, idle_slices: 4 });
  });

  test('data, result and files that did not change stay, message, total and error go', async () => {
    const lease = await at.running({ data: '[1]' });
    const outputs = [{ name: 'a.csv', size: 3, parts: [{ name: '1-1', size: 3 }] }];
    await at.store.record(lease, slice({ data: '[2]', result: '[3]', outputs, message: 'One' }), KEEP);
    const counts = { processed: 2, total: undefined, failed: 0, skipped: 0 };
    await at.store.record({ ...lease, sliceSeq: 1 }, slice({ offset: 2, counts }), KEEP);
    const job = await at.job(lease.number);
    expect(job).toMatchObject({ data: [2], result: [3], outputs, message: undefined, counts });
  });

  test('a job that goes on here keeps its worker, and its lease lasts from now', async () => {
    const lease = await at.running();
    at.pass(20_000);
    await at.store.record(lease, slice(), KEEP);
    expect(await at.job(lease.number)).toMatchObject({ worker: 'host:1', dueAt: at.fromNow(LEASE_MS) });
    at.pass(LEASE_MS - 1);
    expect(await at.claim()).toEqual([]);
  });

  test('a job that makes room is due behind those that wait, as if it were pushed now', async () => {
    const lease = await at.running();
    at.pass(10);
    const waiting = await at.push();
    at.pass(10);
    await at.store.record(lease, slice(), BACK);
    expect((await at.job(lease.number)).worker).toBeUndefined();
    expect(await at.claimNumbers({ limit: 1 })).toEqual([waiting.number]);
    expect(await at.claimNumbers({ limit: 1 })).toEqual([lease.number]);
  });

  test('making room keeps the priority', async () => {
    const lease = await at.running({ priority: 5 });
    at.pass(10);
    const waiting = await at.push({ priority: 4 });
    await at.store.record(lease, slice(), BACK);
    expect((await at.job(lease.number)).dueAt).toBe(at.fromNow(-600_000));
    expect(await at.claimNumbers({ limit: 2 })).toEqual([lease.number, waiting.number]);
  });

  test('a success has an end, and is due no more', async () => {
    const lease = await at.running();
    at.pass(3000);
    expect(await at.store.record(lease, SUCCESS, KEEP)).toBe('recorded');
    const ended = { status: 'success', progress: 100, finishedAt: at.now, dueAt: undefined, worker: undefined };
    expect(await at.job(lease.number)).toMatchObject(ended);
  });

  test('an error has an end too, and keeps what it said', async () => {
    const lease = await at.running();
    await at.store.record(lease, FAILURE, BACK);
    const ended = { status: 'error', finishedAt: at.now, dueAt: undefined, worker: undefined };
    expect(await at.job(lease.number)).toMatchObject({ ...ended, error: { code: 'threw', message: 'It broke.' } });
  });

  test('moving on forgets the refusals', async () => {
    const { number } = await at.push();
    await at.store.postpone(await at.take(number), { refusals: 3, idleSlices: 2 }, 0);
    const lease = await at.take(number);
    expect(lease).toMatchObject({ refusals: 3, idleSlices: 2 });
    await at.store.record(lease, slice(), KEEP);
    expect(await at.row(number)).toMatchObject({ refusals: 0, idle_slices: 0 });
  });

  test('an expired lease that nobody took may still write', async () => {
    const lease = await at.running();
    at.pass(10 * LEASE_MS);
    expect(await at.store.record(lease, slice(), KEEP)).toBe('recorded');
    expect((await at.job(lease.number)).offset).toBe(1);
  });

  test('a lease that was lost to another worker writes nothing', async () => {
    const stale = await at.running();
    at.pass(LEASE_MS);
    await at.take(stale.number, 'other:2');
    await expectRefusal(stale);
  });

  test('a slice is recorded once, however often it is sent', async () => {
    const lease = await at.running();
    expect(await at.store.record(lease, slice(), KEEP)).toBe('recorded');
    await expectRefusal(lease);
  });

  test('nothing is recorded after a cancel', async () => {
    const lease = await at.running();
    await at.store.cancel(lease.number, APPLICATION);
    await expectRefusal(lease);
  });

  test.each(['new', 'success', 'error', 'cancelled'])('nothing is recorded on a job that is %s', async (status) => {
    const lease = await at.running();
    // Token and slice are as they were: only the status can refuse it.
    await at.set(lease.number, { status });
    await expectRefusal(lease);
  });

  test('nothing is recorded on a job that has ended, even by the one who ended it', async () => {
    const lease = await at.running();
    await at.store.record(lease, SUCCESS, KEEP);
    await expectRefusal({ ...lease, sliceSeq: 1 });
  });

  test('nothing is recorded on a job that is gone, nor on its neighbour', async () => {
    const [gone, neighbour] = [await at.running({ type: 'one' }), await at.running({ type: 'two' })];
    await at.database.knex('progress_manager').where({ number: gone.number }).delete();
    expect(await at.store.record(gone, slice(), KEEP)).toBe('lost');
    expect((await at.job(neighbour.number)).offset).toBe(0);
  });

  async function expectRefusal(lease: Parameters<typeof at.store.record>[0]): Promise<void> {
    const before = await at.row(lease.number);
    expect(await at.store.record(lease, slice({ offset: 77, data: '[7]' }), KEEP)).toBe('lost');
    expect(await at.store.record(lease, SUCCESS, BACK)).toBe('lost');
    expect(await at.row(lease.number)).toEqual(before);
  }
}

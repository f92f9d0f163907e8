import { v7 as uuid } from 'uuid';
import { expect, test } from 'vitest';
import { IdTakenError, RefusedError } from '../../../core/contracts/errors.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { FileFolder } from '../../../core/store/file-folder.js';
import { UploadStore } from '../../../core/store/upload-store.js';
import { ANN, BACK, BOB, newJob, SUCCESS } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** Adding jobs, and adding the same job again. */
export function insertContract(at: StoreUnderTest): void {
  test('a new job has what it was pushed with, and nothing has happened to it', async () => {
    const pushed = newJob({
      name: 'Export',
      data: '{"a": [1]}',
      userId: 'ann',
      isHidden: true,
      key: 'k',
      priority: -2,
    });
    const inserted = await at.store.insert(pushed);
    const job = await at.job(inserted.job.number);
    expect(inserted).toEqual({ created: true, job: { id: pushed.id, number: job.number, type: 'copy' } });
    const asked = {
      id: pushed.id,
      name: 'Export',
      type: 'copy',
      data: { a: [1] },
      userId: 'ann',
      isHidden: true,
      key: 'k',
    };
    expect(job).toMatchObject({
      ...asked,
      priority: -2,
      status: 'new',
      progress: 0,
      offset: 0,
      attempt: 0,
      isClosed: false,
    });
    expect(job).toMatchObject({
      counts: { processed: 0, total: undefined, failed: 0, skipped: 0 },
      inputs: [],
      outputs: [],
    });
    expect(job).toMatchObject({ message: undefined, result: undefined, error: undefined, worker: undefined });
    expect(job).toMatchObject({ createdAt: at.now, modifiedAt: at.now, startedAt: undefined, finishedAt: undefined });
    expect(job).toMatchObject({ runAt: undefined, dueAt: at.fromNow(-3 * 60_000) });
  });

  test('a job for later is due exactly then, whatever its priority', async () => {
    const runAt = at.fromNow(90_001);
    expect(await at.push({ runAt, priority: 5 })).toMatchObject({ runAt, dueAt: runAt });
  });

  test('a job for a time that is past is due like any other', async () => {
    const runAt = at.fromNow(-90_000);
    expect(await at.push({ runAt })).toMatchObject({ runAt, dueAt: at.fromNow(-5 * 60_000) });
  });

  test('the same id again is the same job, however far it is', async () => {
    const pushed = newJob({ userId: 'ann', key: 'k' });
    await at.store.insert(pushed);
    expect(await at.store.insert({ ...pushed, name: 'Other' })).toMatchObject({
      ...{ created: false, because: 'id', job: { id: pushed.id, name: 'Copy', status: 'new' } },
    });
    const lease = (await at.claim())[0] as NonNullable<Awaited<ReturnType<typeof at.claim>>[0]>;
    await at.store.record(lease, SUCCESS, BACK);
    expect(await at.store.insert(pushed)).toMatchObject({ created: false, because: 'id', job: { status: 'success' } });
    expect(await at.database.knex('progress_manager')).toHaveLength(1);
  });

  test.each([
    ['of another owner', { userId: BOB.id }],
    ['of the application', { userId: undefined }],
    ['of another type', { type: 'move' }],
  ])('the id of a job %s is taken', async (_, other) => {
    const pushed = newJob({ userId: ANN.id });
    await at.store.insert({ ...pushed, ...other });
    await expect(at.store.insert(pushed)).rejects.toThrow(IdTakenError);
  });

  test('the id of a row that another program flagged as deleted is taken', async () => {
    const pushed = newJob();
    const { job } = await at.store.insert(pushed);
    await at.set(job.number, { deleted: 1 });
    await expect(at.store.insert(pushed)).rejects.toThrow(IdTakenError);
  });

  test('the id of a removed job is free again', async () => {
    const pushed = newJob();
    const { job } = await at.store.insert(pushed);
    await at.store.cancel(job.number, APPLICATION);
    await at.store.remove(job.number, APPLICATION);
    expect((await at.store.insert(pushed)).created).toBe(true);
  });

  test('fifty pushes of one id at once make one job', async () => {
    const pushed = newJob();
    const inserted = await Promise.all(Array.from({ length: 50 }, () => at.store.insert(pushed)));
    expect(inserted.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(inserted.map(({ job }) => job.number)).size).toBe(1);
  });

  test('a job takes its uploads along, and gets none that another has', async () => {
    const input = { id: uuid(), name: 'a.csv', size: 3 };
    await at.database.knex('progress_upload').insert({ ...input, created_at: '2030-01-01 00:00:00.000' });
    const pushed = newJob({ inputs: [input] });
    const { number } = (await at.store.insert(pushed)).job;
    expect((await at.job(number)).inputs).toEqual([input]);
    expect(await at.database.knex('progress_upload').first()).toMatchObject({ job_id: pushed.id });
    const second = newJob({ inputs: [input] });
    await expect(at.store.insert(second)).rejects.toThrow(/already belongs to a job/);
    expect(await at.store.get(second.id, APPLICATION)).toBeUndefined();
  });

  test.each(['', 'x', "' OR 1=1", 'é', '😀'])('the upload %j is nobody’s', async (id) => {
    const uploads = new UploadStore(at.database, new FileFolder('nowhere'), 1);
    await expect(uploads.find([id], APPLICATION)).rejects.toThrow(RefusedError);
  });
}

import { expect, test, vi } from 'vitest';
import { IdTakenError } from '../../../core/contracts/errors.js';
import type { Job } from '../../../core/contracts/job.js';
import type { Found } from '../../../core/contracts/job-store.js';
import { Database } from '../../../core/store/database.js';
import { brokenConnection } from '../../support/database-fault.js';
import { ANN, BOB, newJob } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

const INSERT = 'INSERT INTO progress_manager';

/** Jobs that are inserted in one turn, and lists of them. */
export function insertTogetherContract(at: StoreUnderTest): void {
  const count = async () => (await at.database.knex('progress_manager')).length;

  test('jobs of one turn are one statement, and in each row stands what its own push says', async () => {
    const store = at.store;
    const says = [
      ...[{ data: '[1]', userId: 'ann' }, { runAt: at.fromNow(5000) }, { key: 'k' }, { type: 'move', key: 'k' }],
      ...[{ priority: 5 }, { priority: -5, isHidden: true }, { runAt: at.fromNow(-5000), priority: 1 }, {}],
    ];
    const alone: Job[] = [];
    for (const each of says) alone.push(await at.push({ ...each, ...('key' in each && { key: 'l' }) }));
    const sent = inserts();
    const jobs = says.map((each) => newJob(each));
    const inserted = await Promise.all(jobs.map((job) => store.insert(job)));
    expect(sent).toHaveLength(1);
    for (const [index, { created, job }] of inserted.entries()) {
      expect({ created, id: job.id }).toEqual({ created: true, id: jobs[index]?.id });
      const { number, id, key, ...others } = await at.job(job.number);
      expect({ number, key }).toEqual({ number: job.number, key: jobs[index]?.key });
      expect(others).toEqual({ ...alone[index], number: undefined, id: undefined, key: undefined });
    }
  });

  test('what stands in the way of one in a turn is told to that one', async () => {
    const store = at.store;
    const [known, holder, taken] = [newJob(), newJob({ key: 'busy' }), newJob({ userId: ANN.id })];
    for (const job of [known, holder, taken]) await store.insert(job);
    const twin = newJob();
    const pushed = [newJob(), known, newJob({ key: 'busy' }), { ...taken, userId: BOB.id }, twin, twin];
    const answers = await Promise.allSettled(pushed.map((job) => store.insert(job)));
    expect(answers.slice(0, 4)).toMatchObject([
      { value: { created: true } },
      { value: { created: false, because: 'id', job: { id: known.id } } },
      { value: { created: false, because: 'key', job: { id: holder.id } } },
      { reason: expect.any(IdTakenError) },
    ]);
    const twins = answers.slice(4).map((answer) => answer.status === 'fulfilled' && answer.value.created);
    expect(twins.sort()).toEqual([false, true]);
    expect(await count()).toBe(5);
  });

  test('one that the database refuses costs only itself', async () => {
    const store = at.store;
    vi.spyOn(Database.prototype, 'rows').mockImplementation(async function (this: Database, sql, values, ...on) {
      if (sql.includes(INSERT) && values.includes('Bad')) throw new Error('Data too long.');
      return rows.call(this, sql, values, ...on) as never;
    });
    const pushed = [newJob(), newJob({ name: 'Bad' }), newJob()].map((job) => store.insert(job));
    expect(await Promise.allSettled(pushed)).toMatchObject([
      { value: { created: true } },
      { status: 'rejected' },
      { value: { created: true } },
    ]);
  });

  test('a turn whose answer is lost has made each of its jobs, once', async () => {
    const store = at.store;
    loseAnswers(1);
    const inserted = await Promise.all([newJob(), newJob({ key: 'k' })].map((job) => store.insert(job)));
    expect(inserted).toMatchObject([{ created: true }, { created: true }]);
    expect(await count()).toBe(2);
  });

  test('a list is one statement, in its order', async () => {
    const sent = inserts();
    const jobs = Array.from({ length: 300 }, (_, index) => newJob({ name: `Job ${index}` }));
    const inserted = await at.store.insertMany(jobs, refuseNone);
    expect(inserted.map(({ job }) => job.id)).toEqual(jobs.map(({ id }) => id));
    expect((await at.job(inserted[299]?.job.number ?? 0)).name).toBe('Job 299');
    expect(sent).toHaveLength(1);
    expect(await at.store.insertMany([], refuseNone)).toEqual([]);
  });

  test('a large list goes in parts, of which all stand or none', async () => {
    const jobs = Array.from({ length: 6 }, () => newJob({ data: JSON.stringify('x'.repeat(100_000)) }));
    const sent = inserts();
    vi.mocked(Database.prototype.rows).mockImplementation(async function (this: Database, sql, ...more) {
      if (sql.includes(INSERT)) sent.push(sql);
      if (sent.length === 3) throw new Error('No.');
      return rows.call(this, sql, ...more) as never;
    });
    await expect(at.store.insertMany(jobs, refuseNone)).rejects.toThrow('No.');
    expect(await count()).toBe(0);
    vi.restoreAllMocks();
    expect(await at.store.insertMany(jobs, refuseNone)).toHaveLength(6);
    expect(await count()).toBe(6);
  });

  test('of a list that names jobs which are there, those are given back, and the others are added', async () => {
    const [known, holder] = [newJob(), newJob({ key: 'busy' })];
    for (const job of [known, holder]) await at.store.insert(job);
    const asked: [number, Found][] = [];
    const list = [newJob(), known, newJob({ key: 'busy' }), newJob({ type: 'move', key: 'busy' })];
    const inserted = await at.store.insertMany(list, (found, index) => void asked.push([index, found]));
    expect(inserted).toMatchObject([
      { created: true },
      { created: false, because: 'id', job: { id: known.id } },
      { created: false, because: 'key', job: { id: holder.id } },
      { created: true },
    ]);
    expect(asked.map(([index]) => index)).toEqual([1, 2]);
    expect(await count()).toBe(4);
  });

  test.each([
    ['is somebody else’s', { userId: BOB.id }, {}],
    ['is flagged by another program', {}, { deleted: 1 }],
  ])('of a list with an id that %s nothing is written', async (_, pushed, columns) => {
    const known = newJob({ userId: ANN.id });
    const { number } = (await at.store.insert({ ...known, ...pushed })).job;
    if ('deleted' in columns) await at.set(number, columns);
    const asked: number[] = [];
    const list = [newJob(), known];
    await expect(at.store.insertMany(list, (_found, index) => void asked.push(index))).rejects.toThrow(IdTakenError);
    expect(asked).toEqual([1]);
    expect(await count()).toBe(1);
  });

  test('a job without a key of a list is not taken for one whose key is "undefined"', async () => {
    const holder = await at.push({ key: 'undefined' });
    const asked: number[] = [];
    const list = [newJob(), newJob({ key: 'undefined' })];
    expect(await at.store.insertMany(list, (_found, index) => void asked.push(index))).toMatchObject([
      { created: true },
      { created: false, because: 'key', job: { id: holder.id } },
    ]);
    expect(asked).toEqual([1]);
  });

  test('what is refused of a list stops the whole', async () => {
    await at.push({ key: 'busy' });
    const refuse = () => {
      throw new Error('Busy.');
    };
    await expect(at.store.insertMany([newJob(), newJob({ key: 'busy' })], refuse)).rejects.toThrow('Busy.');
    expect(await count()).toBe(1);
  });

  test('a list whose answer is lost was added once, and is its own', async () => {
    loseAnswers(1);
    const inserted = await at.store.insertMany([newJob(), newJob({ key: 'k' })], refuseNone);
    expect(inserted).toMatchObject([{ created: true }, { created: true }]);
    expect(await count()).toBe(2);
  });

  const { rows } = Database.prototype;

  function refuseNone(): never {
    return expect.unreachable('nothing was there');
  }

  /** The texts of INSERT statements that are sent from now on. */
  function inserts(): string[] {
    const sent: string[] = [];
    vi.spyOn(Database.prototype, 'rows').mockImplementation(async function (this: Database, sql, ...more) {
      if (sql.includes(INSERT)) sent.push(sql);
      return rows.call(this, sql, ...more) as never;
    });
    return sent;
  }

  /** Carries the next inserts out, and loses their answers. */
  function loseAnswers(times: number): void {
    let left = times;
    vi.spyOn(Database.prototype, 'rows').mockImplementation(async function (this: Database, sql, ...more) {
      const answer = await rows.call(this, sql, ...more);
      return sql.includes(INSERT) && left-- > 0 ? brokenConnection() : (answer as never);
    });
  }
}

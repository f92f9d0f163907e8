import { expect, test } from 'vitest';
import { InvalidInputError } from '../../../core/contracts/errors.js';
import type { JobFilter } from '../../../core/contracts/job-store.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { ANN, BOB } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** Which jobs a listing shows, to whom. */
export function findContract(at: StoreUnderTest): void {
  test('a job that another program flagged as deleted is not there, by its number or its id', async () => {
    const { number, id } = await at.push();
    expect(await at.store.get(number, APPLICATION)).toMatchObject({ id });
    await at.set(number, { deleted: 1 });
    expect(await at.store.get(number, APPLICATION)).toBeUndefined();
    expect(await at.store.get(id, APPLICATION)).toBeUndefined();
  });

  test('without a filter everything unhidden and unclosed is listed, to an admin', async () => {
    const [shown, hidden, closed, deleted] = await at.pushMany(4, { userId: ANN.id });
    await at.set(hidden as number, { is_hidden: 1 });
    await at.set(closed as number, { is_closed: 1, status: 'success' });
    await at.set(deleted as number, { deleted: 1 });
    expect(await numbers({})).toEqual([shown]);
    expect(await numbers({ isHidden: true })).toEqual([hidden]);
    expect(await numbers({ isClosed: true })).toEqual([closed]);
    expect(await numbers({ isHidden: true, isClosed: true })).toEqual([]);
  });

  test('users see their own jobs and nobody else’s', async () => {
    const anns = await at.push({ userId: 'ann' });
    const bobs = await at.push({ userId: 'bob' });
    const nobodys = await at.push();
    const almost = await at.push({ userId: 'Ann' });
    expect(await numbers({}, ANN)).toEqual([anns.number]);
    expect(await numbers({ userId: 'bob' }, ANN)).toEqual([]);
    expect(await numbers({ userId: 'bob' })).toEqual([bobs.number]);
    expect(await numbers({ q: bobs.id }, ANN)).toEqual([]);
    expect(await numbers({}, { id: '', isAdmin: false })).toEqual([]);
    expect(await numbers({})).toEqual([almost, nobodys, bobs, anns].map(({ number }) => number));
  });

  test('of a group only the newest job is listed that the viewer may see, whether or not an older one is unfinished', async () => {
    const pushed = async (group: string, userId: string) => (await at.push({ group, userId })).number;
    const [first, second] = [await pushed('s1', 'ann'), await pushed('s1', 'ann')];
    const [bobs, other] = [await pushed('s1', 'bob'), await pushed('S1', 'ann')];
    await at.push({ userId: 'ann' });
    await at.set(second, { status: 'success' });
    expect(await numbers({ newestOfGroup: ['s1', 'none'] }, ANN)).toEqual([second]);
    expect(await numbers({ newestOfGroup: ['s1', 'S1'] })).toEqual([other, bobs]);
    expect(await numbers({ newestOfGroup: ['s1'], userId: 'ann', status: ['new'] })).toEqual([]);
    expect(await numbers({ newestOfGroup: ['s1'], type: ['nope'] })).toEqual([]);
    expect(await numbers({ newestOfGroup: [] })).toEqual([]);
    await at.set(second, { is_closed: 1 });
    expect(await numbers({ newestOfGroup: ['s1'] }, ANN)).toEqual([second]);
    expect(await numbers({ newestOfGroup: ['s1'], isClosed: false }, ANN)).toEqual([first]);
    expect(await numbers({ newestOfGroup: ['s1'], numbers: [first] }, ANN)).toEqual([first]);
  });

  test('jobs are listed by their numbers, closed and hidden ones too, to who may see them', async () => {
    const [first = 0, second = 0, third = 0] = await at.pushMany(3, { userId: ANN.id });
    const bobs = await at.push({ userId: BOB.id });
    await at.set(first, { is_closed: 1, status: 'success' });
    await at.set(second, { is_hidden: 1 });
    expect(await numbers({ numbers: [first, second, bobs.number, 999_999, -1] }, ANN)).toEqual([second, first]);
    expect(await numbers({ numbers: [first, second, third], isHidden: false }, ANN)).toEqual([third, first]);
    expect(await numbers({ numbers: [] }, ANN)).toEqual([]);
  });

  test('jobs are listed by the key they were pushed with and by their schedule, to the letter', async () => {
    const pushed = async (key: string, type = 'copy') => (await at.push({ key, type, schedule: `by-${key}` })).number;
    const [first, other] = [await pushed('a_b'), await pushed('a_b', 'paste')];
    for (const near of ['a_b ', 'A_b', 'axb', 'a_', 'ä_b']) await at.push({ key: near });
    await at.set(first, { status: 'success' });
    expect(await numbers({ key: 'a_b' })).toEqual([other, first]);
    expect(await numbers({ key: 'a_b', type: ['copy'] })).toEqual([first]);
    expect(await numbers({ key: 'a_b' }, ANN)).toEqual([]);
    expect(await numbers({ key: '%' })).toEqual([]);
    expect(await numbers({ key: '' })).toEqual([]);
    expect(await numbers({ key: 'k'.repeat(100_000) })).toEqual([]);
    expect(await numbers({ schedule: 'by-a_b' })).toEqual([other, first]);
    for (const none of ['', 'by-a_', 'ночью']) expect(await numbers({ schedule: none })).toEqual([]);
  });

  test('a single job is shown by id and by number, to its owner and to admins', async () => {
    const { id, number } = await at.push({ userId: ANN.id });
    for (const ref of [id, number]) {
      expect((await at.store.get(ref, ANN))?.id).toBe(id);
      expect((await at.store.get(ref, APPLICATION))?.id).toBe(id);
      expect(await at.store.get(ref, BOB)).toBeUndefined();
    }
    await at.set(number, { deleted: 1 });
    expect(await at.store.get(id, APPLICATION)).toBeUndefined();
    expect(await at.store.get(number, ANN)).toBeUndefined();
  });

  test.each(['', '1', '0', 'x', '1 OR 1=1', "x' OR '1'='1", 'é', '😀', '%', 'null', `${'a'.repeat(5000)}`])(
    'the id %j is nobody’s',
    async (id) => {
      await at.push();
      expect(await at.store.get(id, APPLICATION)).toBeUndefined();
      expect((await at.store.statuses([id])).size).toBe(0);
    },
  );

  test('status and type narrow the list', async () => {
    const [paused, fresh] = await at.pushMany(2);
    await at.set(paused as number, { status: 'paused' });
    const move = await at.push({ type: 'move' });
    expect(await numbers({ status: ['paused'] })).toEqual([paused]);
    expect(await numbers({ status: ['new', 'paused'], type: ['copy'] })).toEqual([fresh, paused]);
    expect(await numbers({ type: ['move', 'é'] })).toEqual([move.number]);
    expect(await numbers({ status: [] })).toEqual([]);
    expect(await numbers({ type: [] })).toEqual([]);
  });

  test('a search finds a part of the name in any letter case', async () => {
    const { number } = await at.push({ name: 'Export of Places' });
    await at.push({ name: 'Import' });
    for (const q of ['export', 'PLACES', 't of p']) expect(await numbers({ q })).toEqual([number]);
  });

  test.each(['100%', 'a_b', 'wow!', 'c:\\temp', "it's", '"quoted"', '[a-z]', '50!%_', '?', ':name'])(
    'a search takes %s literally',
    async (text) => {
      const { number } = await at.push({ name: `before ${text} after` });
      await at.push({ name: '100 aXb wow c:temp its quoted a 50 name' });
      expect(await numbers({ q: text })).toEqual([number]);
    },
  );

  test('a search finds a whole id in any letter case, and a whole number', async () => {
    const [job] = [await at.push(), await at.push()];
    expect(await numbers({ q: job.id })).toEqual([job.number]);
    expect(await numbers({ q: job.id.toUpperCase() })).toEqual([job.number]);
    expect(await numbers({ q: String(job.number) })).toEqual([job.number]);
    for (const q of [job.id.slice(0, 35), '9'.repeat(15), '9'.repeat(40), '1e3', 'é', '😀'])
      expect(await numbers({ q })).toEqual([]);
  });

  test.each([0, -1, 1.5, 201, Number.NaN, Number.POSITIVE_INFINITY])('a limit of %d is refused', async (limit) => {
    await expect(at.store.find({ limit }, APPLICATION)).rejects.toThrow(InvalidInputError);
  });

  test.each(['', '2-1', '0-', '0-x', '-1', "0-1' OR 1=1", '0-1e5', `0-${'9'.repeat(40)}`])(
    'the cursor %j is refused',
    async (cursor) => {
      await expect(at.store.find({ cursor }, APPLICATION)).rejects.toThrow(InvalidInputError);
    },
  );

  async function numbers(filter: JobFilter, viewer = APPLICATION): Promise<number[]> {
    const { list, total } = await at.store.find(filter, viewer);
    expect(total).toBe(list.length);
    return list.map(({ number }) => number);
  }
}

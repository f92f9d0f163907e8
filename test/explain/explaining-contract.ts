import { expect, test } from 'vitest';
import { NO_ABILITIES } from '../../core/contracts/abilities.js';
import type { JobTypeConfig, Registry } from '../../core/contracts/config.js';
import type { ClaimedJob, NewJob } from '../../core/contracts/job-store.js';
import { limitsOf } from '../../core/contracts/limits.js';
import { APPLICATION } from '../../core/contracts/user.js';
import { Explaining, type Explanation } from '../../core/explain/explaining.js';
import { Pauses } from '../../core/store/pauses.js';
import { Standings } from '../../core/store/standing.js';
import { ThrottleNotes } from '../../core/store/throttle-notes.js';
import { Workers } from '../../core/store/workers.js';
import { randomOf } from '../faults/random.js';
import { BACK, FAILURE, LEASE_MS, SUCCESS } from '../store/contract/samples.js';
import type { StoreUnderTest } from '../store/contract/store-under-test.js';

const RATE = { limit: 2, per: 60_000 };
const TYPES: Readonly<Record<string, JobTypeConfig>> = {
  copy: {},
  few: { limit: 2 },
  fair: { limitPerOwner: 1, limitPerGroup: 2 },
  slow: { rate: RATE },
};
const HERE = 'host:1/a';
/** A job whose slice was to be its last before a pause, and whose worker died in it. */
const LEFT_PAUSED = { status: 'paused', lease_owner: 'host:2/b/claim', due_at: '2000-01-01 00:00:00.000' };

/** Why jobs do not move, and that this is what keeps a claim from taking them. */
export function explainingContract(at: StoreUnderTest): void {
  const parts = () => {
    const workers = new Workers(at.database);
    const pauses = new Pauses(at.database);
    const types = new Map(Object.entries(TYPES).map(([key, config]) => [key, { key, config }]));
    const registry = { types } as unknown as Registry;
    const explaining = new Explaining({
      abilities: NO_ABILITIES,
      jobs: at.store,
      workers,
      pauses,
      registry,
      standings: new Standings(at.database),
    });
    return { workers, pauses, explain: async (number: number) => explaining.explain(await at.job(number)) };
  };
  const limits = new Map(
    Object.entries(TYPES).flatMap(([key, config]) => {
      const own = limitsOf(config);
      return own ? [[key, own] as const] : [];
    }),
  );
  const claim = (limit = 100) => at.claim({ types: Object.keys(TYPES), limits, limit });

  /** With a worker that has every type. */
  const open = async () => {
    const { workers, ...others } = parts();
    await workers.sign(HERE, Object.keys(TYPES), 5, 0);
    return { workers, ...others };
  };

  const told: [string, RegExp, (number: number, job: () => Promise<ClaimedJob>) => Promise<unknown>, string][] = [
    ['in_line', /^It is the next of its type/, async () => undefined, 'copy'],
    [
      'paused',
      /^It is paused; it goes on when somebody resumes it/,
      (number) => at.store.pause(number, APPLICATION),
      'copy',
    ],
    ['running', /^The worker host:1 carries it\.$/, (_, claimed) => claimed(), 'copy'],
    [
      'ended',
      /^It has ended: success\.$/,
      async (_, claimed) => at.store.record(await claimed(), SUCCESS, BACK),
      'copy',
    ],
    [
      'ended',
      /^It has ended in error: .+/,
      async (_, claimed) => at.store.record(await claimed(), FAILURE, BACK),
      'copy',
    ],
    ['ended', /^It has ended: cancelled\.$/, (number) => at.store.cancel(number, APPLICATION), 'copy'],
    [
      'run_at',
      /^It is to run at .+Z, not before\.$/,
      (number) => at.set(number, { due_at: '2030-02-01 00:00:00.000' }),
      'copy',
    ],
    [
      'retry_at',
      /^It failed, and is tried again at .+Z: no answer$/,
      async (_, claimed) => at.store.tryLater(await claimed(), { code: 'failed', message: 'no answer' }, 60_000),
      'copy',
    ],
    [
      'not_now',
      /^It said "not now" 3 times in a row, and is asked again at .+Z\.$/,
      async (_, claimed) => at.store.postpone(await claimed(), { refusals: 3, idleSlices: 0 }, 4000),
      'copy',
    ],
    [
      'type_paused',
      /^Jobs of the type "copy" are paused since .+Z by ann; it goes on/,
      () => new Pauses(at.database).add('copy', 'ann'),
      'copy',
    ],
    [
      'all_paused',
      /^All jobs are paused since .+Z; it goes on/,
      () => new Pauses(at.database).add('*', undefined),
      'copy',
    ],
    [
      'throttled',
      /^Jobs of the type "copy" are throttled until .+Z: lag\.$/,
      () => new ThrottleNotes(at.database).write('copy', 5000, 'lag'),
      'copy',
    ],
    ['limit', /^As many jobs of the type "few" run as may at once, 2\.$/, () => others('few', 2), 'few'],
    [
      'limit_per_owner',
      /^As many jobs of ann run as may at once, 1 of the type "fair"\.$/,
      () => others('fair', 1),
      'fair',
    ],
    [
      'limit_per_group',
      /^As many jobs of the group "g" run as may at once, 2/,
      () => others('fair', 2, { userId: undefined }),
      'fair',
    ],
    [
      'rate',
      /^No more than 2 jobs of the type "slow" may begin within 60000 ms; the next may at .+Z\.$/,
      () => others('slow', 2),
      'slow',
    ],
  ];
  /** So many of the type run already, of the same owner and group. */
  const others = async (type: string, count: number, changes: Partial<NewJob> = {}) => {
    await at.pushMany(count, { type, userId: 'ann', group: 'g', priority: 5, ...changes });
    expect(await claim(count)).toHaveLength(count);
  };

  const leaseOf = async (number: number) => {
    const [row] = await at.database.knex('progress_manager').where({ number });
    return { number, leaseVersion: Number(row.lease_version) };
  };

  test.each(told)('%s: %s', async (reason, text, happens, type) => {
    const { explain } = await open();
    const { number } = await at.push({ type, userId: 'ann', group: 'g' });
    await happens(number, () => at.take(number));
    const explanation = await explain(number);
    expect(explanation).toMatchObject({ reason, text: expect.stringMatching(text) });
  });

  test('of a full type it is said which job rests in its place', async () => {
    const { explain } = await open();
    await others('few', 2);
    const [holder] = await at.database.knex('progress_manager').where({ type: 'few' }).orderBy('number');
    await at.store.postpone(await leaseOf(holder.number), { refusals: 1, idleSlices: 0 }, 60_000);
    const { number } = await at.push({ type: 'few' });
    expect((await explain(number)).text).toBe(
      `As many jobs of the type "few" run as may at once, 2. Job ${holder.number} holds a place between its slices; explain that one.`,
    );
  });

  test('it is none that was flagged as deleted, was paused before its worker died, or has no place', async () => {
    const { explain } = await open();
    const [flagged, paused, placeless] = (await at.pushMany(3, { type: 'few' })) as [number, number, number];
    const resting = { status: 'in_progress', has_place: 1, due_at: '2030-02-01 00:00:00.000' };
    await at.set(flagged, { ...resting, deleted: 1 });
    await at.set(paused, { ...resting, ...LEFT_PAUSED });
    await at.set(placeless, { ...resting, has_place: 0 });
    await others('few', 2);
    const { number } = await at.push({ type: 'few' });
    expect((await explain(number)).text).toBe('As many jobs of the type "few" run as may at once, 2.');
  });

  test('an explanation changes nothing, also of a type whose gate nobody has passed', async () => {
    const { explain } = await open();
    const { number } = await at.push({ type: 'few' });
    expect((await explain(number)).reason).toBe('in_line');
    expect(await at.database.knex('progress_gate')).toEqual([]);
  });

  test('its place in line is said, and grows less', async () => {
    const { explain } = await open();
    const [first, second, third] = (await at.pushMany(3)) as [number, number, number];
    expect(await explain(third)).toEqual({ reason: 'in_line', text: '2 jobs of its type stand before it.', before: 2 });
    expect(await explain(second)).toMatchObject({ text: '1 job of its type stands before it.', before: 1 });
    await at.store.cancel(first, APPLICATION);
    expect(await explain(third)).toMatchObject({ before: 1 });
    await at.push({ priority: 5 });
    expect(await explain(third)).toMatchObject({ before: 2 });
  });

  test('a job that was paused before its worker died stands before nobody', async () => {
    const { explain } = await open();
    const [left, next] = (await at.pushMany(2)) as [number, number];
    await at.set(left, LEFT_PAUSED);
    expect(await explain(next)).toMatchObject({ reason: 'in_line', before: 0 });
  });

  test('without a worker, or without one that has its module, that is said, and when one comes no more', async () => {
    const { explain, workers } = parts();
    const { number } = await at.push();
    expect(await explain(number)).toMatchObject({ reason: 'no_worker' });
    await workers.sign('host:2/b', ['move'], 5, 0);
    expect(await explain(number)).toMatchObject({ reason: 'no_module', text: expect.stringMatching(/"copy"/) });
    await workers.sign(HERE, ['copy'], 5, 0);
    expect(await explain(number)).toMatchObject({ reason: 'in_line' });
    at.pass(12_000);
    expect(await explain(number)).toMatchObject({ reason: 'no_worker' });
  });

  test('a worker that has fallen silent is named, with when its job is taken over', async () => {
    const { explain } = await open();
    const { number } = await at.running();
    at.pass(14_000);
    expect(await explain(number)).toMatchObject({
      reason: 'worker_silent',
      text: expect.stringMatching(/^Its worker host:1 has been silent for 14 s; .* at .+Z\.$/),
      until: at.fromNow(LEASE_MS - 14_000),
    });
    at.pass(LEASE_MS);
    expect((await explain(number)).reason).toBe('no_worker');
  });

  test('what is said to stand in line is what a claim takes, and nothing else: 60 tables of 12 jobs at random', async () => {
    for (let round = 0; round < 60; round++) {
      const seed = Math.floor(Math.random() * 2 ** 31);
      const random = randomOf(seed);
      await at.empty();
      const { explain, pauses, workers } = await open();
      const numbers: number[] = [];
      for (let index = 0; index < 12; index++) numbers.push(await atRandom(at, claim, random));
      if (random() < 0.2) await pauses.add(oneOf([...Object.keys(TYPES), '*'], random), undefined);
      at.pass(oneOf([0, 500, 4000], random));
      await workers.sign(HERE, Object.keys(TYPES), 5, 0);
      const before = await explained(numbers, explain);
      const taken = (await claim()).map(({ number }) => number);
      for (const number of taken)
        expect(before.get(number)?.reason, `job ${number} was taken; seed ${seed}`).toBe('in_line');
      const after = await explained(numbers, explain);
      const inLine = numbers.filter((number) => after.get(number)?.reason === 'in_line');
      expect(inLine, `seed ${seed}, still in line after a claim of all: ${JSON.stringify([...after])}`).toEqual([]);
    }
  }, 120_000);
}

async function explained(numbers: readonly number[], explain: (number: number) => Promise<Explanation>) {
  const explanations = new Map<number, Explanation>();
  for (const number of numbers) explanations.set(number, await explain(number));
  return explanations;
}

/** A job of some type and owner, in some state. */
async function atRandom(
  at: StoreUnderTest,
  claim: (limit?: number) => Promise<readonly ClaimedJob[]>,
  random: () => number,
): Promise<number> {
  const { number } = await at.push({
    type: oneOf(Object.keys(TYPES), random),
    userId: oneOf(['ann', 'bob', undefined], random),
    group: oneOf(['g', 'h', undefined], random),
    priority: oneOf([-5, 0, 5], random),
    runAt: oneOf([undefined, undefined, at.fromNow(2000)], random),
  });
  const happens = oneOf(['nothing', 'nothing', 'claim', 'pause', 'postpone', 'fail', 'end', 'release'], random);
  if (happens === 'pause') await at.store.pause(number, APPLICATION);
  if (['nothing', 'pause'].includes(happens)) return number;
  const [job] = await claim(1);
  if (!job) return number;
  if (happens === 'postpone') await at.store.postpone(job, { refusals: 1, idleSlices: 0 }, 1000);
  if (happens === 'fail') await at.store.tryLater(job, { code: 'failed', message: 'no' }, 1000);
  if (happens === 'end') await at.store.record(job, SUCCESS, BACK);
  if (happens === 'release') await at.store.release(job);
  return number;
}

function oneOf<T>(values: readonly T[], random: () => number): T {
  return values[Math.floor(random() * values.length)] as T;
}

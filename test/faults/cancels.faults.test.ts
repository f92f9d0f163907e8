import { setTimeout as sleep } from 'node:timers/promises';
import { ActionNotOfferedError, type Pushed } from 'progress-manager';
import { expect, test } from 'vitest';
import { until } from '../support/until.js';
import { BuiltTree } from './built-tree.js';
import { Fleet } from './fleet.js';
import { readLedger } from './oracle.js';
import { randomOf, seedOfRun } from './random.js';
import { quantile, report } from './report.js';
import { openScene, type Scene } from './scene.js';
import { faults } from './times.js';

/** With the last record of a job, and with one in its middle. */
const RACES = { last: faults(1000), middle: faults(200) };
const AT_ONCE = 100;
const ROUNDS = faults(4);
const LISTENERS = 50;
const BEAT_MS = 1000;
/** One worker that works on a whole round at once. */
const CROWD = { limit: AT_ONCE, pool: 20, beatMs: BEAT_MS, leaseMs: 30_000, intervalMs: 20 };

interface Race {
  readonly number: number;
  readonly slices: number;
  readonly isLast: boolean;
  readonly wasCancelled: boolean;
  /** The cancel was fired when it was meant to be, give or take a millisecond of the timer. */
  readonly isInTime: boolean;
  readonly answeredAt: number;
  readonly rowsThen: number;
}

const crowd = (scene: Scene) =>
  Fleet.start(scene, { count: 1, tree: BuiltTree.bundledForThisRun(), fixture: 'races', options: CROWD });

test(`${RACES.last} cancels within 5 ms of the last record: one of the two wins, and a cancelled job does nothing more`, async () => {
  const random = randomOf(seedOfRun('cancels'));
  await using scene = await openScene({ fixture: 'races' });
  const { app, manager } = scene;
  const knex = app.container.get('knex');
  await using _worker = await crowd(scene);

  /** How long after its slice has ended a job is recorded, ms: found by who wins. */
  let lag = 2;
  const cancel = async ({ number }: Pushed, isLast: boolean, slices: number, endsAt: number): Promise<Race> => {
    const fireAt = endsAt + lag + (random() - 0.5) * 10;
    await sleep(Math.max(0, fireAt - Date.now()));
    const isInTime = Date.now() - fireAt <= 1;
    const wasCancelled = await manager.cancel(number).then(
      () => true,
      (error) => {
        if (!(error instanceof ActionNotOfferedError)) throw error;
        return false;
      },
    );
    if (isLast) lag = Math.min(20, Math.max(-20, lag + (wasCancelled ? 0.1 : -0.1)));
    const answeredAt = Date.now();
    return { number, slices, isLast, wasCancelled, isInTime, answeredAt, rowsThen: await rowsOf(number) };
  };
  const rowsOf = async (number: number): Promise<number> =>
    Number((await knex('fault_row').where({ job: number }).count({ rows: '*' }))[0]?.rows);

  const races: Race[] = [];
  const inTime = (isLast: boolean) => races.filter((race) => race.isInTime && race.isLast === isLast).length;
  while (inTime(true) < RACES.last || inTime(false) < RACES.middle) {
    const beginAt = Date.now() + 600;
    const round = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, index) => {
        const isLast = inTime(true) < RACES.last;
        const slices = isLast ? 1 + (index % 3) : 3;
        const endsAt = beginAt + index * 8;
        const raced = isLast ? slices - 1 : 1;
        const pushed = await manager.push('Raced', 'raced', { slices, raced, endsAt });
        return cancel(pushed, isLast, slices, endsAt);
      }),
    );
    races.push(...round);
  }
  await until(
    'the last ones',
    async () => (await manager.find({ status: ['new', 'in_progress'] })).total === 0,
    60_000,
  );

  const jobs: { number: number; status: string; slice_seq: number }[] = await knex('progress_manager').select(
    ...['number', 'status', 'slice_seq'],
  );
  const rows: { job: number; rows: number; seqs: number }[] = await knex('fault_row')
    .select('job')
    .count({ rows: '*' })
    .countDistinct({ seqs: 'seq' })
    .groupBy('job');
  const rowOf = new Map(jobs.map((job) => [Number(job.number), job]));
  const written = new Map(rows.map((row) => [Number(row.job), row]));
  const begun = readLedger(scene.ledger);
  const wrong = {
    neither: jobs.filter(({ status }) => status !== 'success' && status !== 'cancelled'),
    answer: races.filter((race) => race.wasCancelled !== (rowOf.get(race.number)?.status === 'cancelled')),
    rows: races.filter(({ number, slices, wasCancelled, rowsThen }) => {
      const { rows: all = 0, seqs = 0 } = written.get(number) ?? {};
      const recorded = Number(rowOf.get(number)?.slice_seq);
      // Of a success all; of a cancelled job those of its recorded slices, and none that came after the answer.
      const expected = wasCancelled ? rowsThen : slices;
      return Number(all) !== expected || Number(seqs) !== expected || recorded !== expected;
    }),
    begunLate: races.filter(
      (race) => race.wasCancelled && begun.some(({ job, at }) => job === race.number && at > race.answeredAt + BEAT_MS),
    ),
  };
  const last = races.filter(({ isLast }) => isLast);
  const cancelled = last.filter(({ wasCancelled }) => wasCancelled).length;
  await report('Cancels that race with a record', app, {
    ...{ planned: RACES.last, injected: last.length, effective: inTime(true) },
    never: {
      'neither cancelled nor a success': { found: wrong.neither.length, of: jobs.length },
      'answers that are not the row': { found: wrong.answer.length, of: races.length },
      'jobs with rows lost, twice or late': { found: wrong.rows.length, of: races.length },
      'slices begun later than a beat after a cancel': { found: wrong.begunLate.length, of: cancelled },
    },
    also: `${cancelled} cancelled, ${last.length - cancelled} successes of ${last.length}; centred ${lag.toFixed(1)} ms after the slice`,
  });
  expect(wrong).toEqual({ neither: [], answer: [], rows: [], begunLate: [] });
  // Otherwise one side always won, and there was no race.
  expect(Math.min(cancelled, last.length - cancelled)).toBeGreaterThan(RACES.last / 5);
});

test(`${ROUNDS * LISTENERS} cancels from another process: the signal fires within 2 s`, async () => {
  const random = randomOf(seedOfRun('signals of cancels'));
  await using scene = await openScene({ fixture: 'races' });
  const { app, manager, ledger } = scene;
  await using _worker = await crowd(scene);
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const jobs = await Promise.all(
      Array.from({ length: LISTENERS }, () => manager.push('Listening', 'listening', undefined)),
    );
    const numbers = new Set(jobs.map(({ number }) => number));
    const said = (moment: number) =>
      readLedger(ledger).filter(({ job, offset }) => numbers.has(job) && offset === moment);
    await until('all to listen', () => said(0).length === LISTENERS, 60_000);
    const answered = new Map<number, number>();
    await Promise.all(
      jobs.map(async ({ number }) => {
        await sleep(random() * BEAT_MS);
        await manager.cancel(number);
        answered.set(number, Date.now());
      }),
    );
    await until('all to hear', () => said(1).length === LISTENERS, 60_000);
    for (const { job, at } of said(1)) took.push(at - (answered.get(job) ?? 0));
  }
  const late = took.filter((each) => each > 2000).length;
  await report('Cancels from another process', app, {
    ...{ planned: ROUNDS * LISTENERS, injected: took.length, effective: took.length },
    never: { 'signals later than 2 s': { found: late, of: took.length } },
    also: `heard after: median ${quantile(took, 0.5)} ms, p99 ${quantile(took, 0.99)} ms, longest ${quantile(took, 1)} ms`,
  });
  expect(took).toHaveLength(ROUNDS * LISTENERS);
  expect(quantile(took, 1)).toBeLessThanOrEqual(2000);
});

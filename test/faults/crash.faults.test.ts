import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../support/until.js';
import { BuiltTree } from './built-tree.js';
import { Feeding } from './feeding.js';
import { Fleet } from './fleet.js';
import { faultsOfRows, NO_FAULTS, readLedger } from './oracle.js';
import { randomOf, seedOfRun } from './random.js';
import { quantile, report } from './report.js';
import { openScene } from './scene.js';
import { type Takeover, Takeovers } from './takeovers.js';
import { faults } from './times.js';

const SLICES = 40;
/** What `test/fixtures/worker.ts` works with, ms. */
const LEASE_MS = 2000;
/** A killed worker's jobs must be with another within this, ms. */
const rescueMs = (intervalMs: number) => LEASE_MS + intervalMs + 1000;
/**
 * On two busy cores a process that nobody has prepared takes so long to begin, ms. Where even the workers of the run
 * took longer, the machine is slower than that: a job's process may take as long as the slowest of them, up to a bound.
 * A worker is started beside as many others as the jobs of a dead one are started beside each other.
 */
const START_MS = 2000;
const LONGEST_START_MS = 6000;
/** Within this, jobs must go on at all, ms: finds what hangs, and promises nothing. */
const REST_MS = 60_000;

test.each([
  {
    where: 'in the workers',
    ...{ kills: faults(60), stops: faults(20), isApart: false, intervalMs: 200, startMs: 0 },
    // Fewer than the places of the workers that are left, so that a job is never late for want of a place.
    ...{ jobsAtOnce: 12, sliceMs: 20, options: { services: { thatHinderChildren: {} } as never } },
  },
  {
    where: 'in processes of their own',
    // Each kill begins a process for each job that it held, and a worker in place of the dead one. Were the next among
    // these starts, what was measured would be how many processes two cores begin at once: they come to rest before it.
    ...{ kills: faults(10), stops: faults(2), isApart: true, intervalMs: 500, startMs: START_MS },
    ...{ jobsAtOnce: 6, sliceMs: 100, options: { limit: 2 } },
  },
])(
  '$kills kills and $stops pauses past the lease, rescued slices $where: nothing lost, nothing twice, and every job rescued in time',
  async (run) => {
    const { where, kills, stops, jobsAtOnce, intervalMs } = run;
    const random = randomOf(seedOfRun(`crash ${where}`));
    await using scene = await openScene({ fixture: 'rows' });
    const { app, manager } = scene;
    await using fleet = await Fleet.start(scene, {
      ...{ count: 4, tree: BuiltTree.bundledForThisRun(), fixture: 'rows', options: { ...run.options, intervalMs } },
    });
    await using takeovers = new Takeovers(app);
    const feeding = new Feeding(manager, jobsAtOnce, () =>
      manager.push('Rows', 'rows', { slices: SLICES, sliceMs: run.sliceMs + Math.floor(random() * 80) }),
    );

    const running = async () => (await manager.find({ status: ['in_progress'], limit: 200 })).list;
    /** Asked while the worker can write no more: this is what it held. */
    const heldBy = async (pid: number) =>
      (await running()).filter(({ worker }) => worker?.endsWith(`:${pid}`)).map(({ number }) => number);
    /** One that has jobs to lose. */
    const victim = async () => {
      const busy = new Set((await running()).map(({ worker }) => Number(worker?.split(':').at(-1))));
      const workers = fleet.workers.filter(([, pid]) => busy.has(pid));
      return workers[Math.floor(random() * workers.length)];
    };
    /** What comes first of the job, elsewhere, after its worker was killed. */
    const nextOf = (nexts: readonly Takeover[], job: number, killed: number, at: number) =>
      nexts.find((next) => next.job === job && next.pid !== killed && next.at >= at);
    const hits: { kind: 'kill' | 'stop'; pid: number; at: number; held: number[] }[] = [];
    const left = { kill: kills, stop: stops };
    const startsMs: number[] = [];
    while (left.kill + left.stop > 0) {
      const kind = random() < left.stop / (left.kill + left.stop) ? 'stop' : 'kill';
      await sleep(random() * 300);
      const [index, pid] = (await victim()) ?? [];
      if (index === undefined || pid === undefined) continue;
      const at = Date.now();
      if (kind === 'stop') process.kill(pid, 'SIGSTOP');
      else await fleet.kill(index);
      // A claim that was on its way may still be carried out: then this worker holds it too.
      await sleep(100);
      const held = await heldBy(pid);
      hits.push({ kind, pid, at, held });
      // A fault that hits nothing does not count.
      if (held.length > 0) left[kind]--;
      if (kind === 'kill') {
        const areBegun = () => held.every((job) => nextOf(readLedger(scene.ledger), job, pid, at));
        if (run.isApart) await until(`jobs ${held} go on`, () => sleep(100).then(areBegun), REST_MS);
        const begin = performance.now();
        const others = run.isApart ? held.slice(1) : [];
        const started = fleet.replace(index).then(() => startsMs.push(Math.round(performance.now() - begin)));
        await Promise.all([started, ...others.map(() => fleet.startOneMore())]);
      } else {
        await sleep(LEASE_MS * (1 + random()));
        process.kill(pid, 'SIGCONT');
      }
    }
    await feeding.finish(300_000);

    const begun = readLedger(scene.ledger);
    /** From a kill to what comes next of each job it hit; until then another fault may have hit whoever took the job. */
    const untilNext = (nexts: readonly Takeover[]) =>
      hits
        // A worker that was paused goes on with what nobody has taken, and may pause with a row locked: it bounds nothing.
        .filter(({ kind }) => kind === 'kill')
        .flatMap(({ pid, at, held }) =>
          held.map((job) => {
            const next = nextOf(nexts, job, pid, at);
            const isHitAgain = hits.some(
              (other) => other.at > at && other.at < (next?.at ?? 0) && other.held.includes(job),
            );
            return isHitAgain || !next ? undefined : next.at - at;
          }),
        )
        .filter((took) => took !== undefined);
    const rescues = untilNext(takeovers.seen);
    const begins = untilNext(begun);
    const startMs = run.startMs && Math.min(Math.max(run.startMs, quantile(startsMs, 1)), LONGEST_START_MS);
    const [row] = await app.container.get('knex')('progress_manager').count<{ jobs: number }[]>('* as jobs');
    const total = Number(row?.jobs);
    const found = await faultsOfRows(app, SLICES);
    await report('Kills, and pauses past the lease', app, {
      ...{ planned: kills + stops, injected: hits.length, effective: kills + stops },
      never: {
        'jobs lost': { found: found.unfinished.length + found.lost.length, of: total },
        'slices recorded twice': { found: found.twice.length, of: total * SLICES },
        'stale writes': { found: found.stale.length, of: stops },
      },
      also:
        `${begun.length} slices begun, ${begun.length - total * SLICES} of them again; ` +
        `${rescues.length} rescues: taken over after ${quantile(rescues, 0.5)} ms (median), ${quantile(rescues, 1)} ms (longest); ` +
        `the next slice began, ${where}, after ${quantile(begins, 0.5)} ms and ${quantile(begins, 1)} ms; ` +
        `workers began within ${quantile(startsMs, 0.5)} ms and ${quantile(startsMs, 1)} ms`,
    });
    expect(found).toEqual(NO_FAULTS);
    expect(rescues.length).toBeGreaterThan(kills / 2);
    expect(quantile(rescues, 1)).toBeLessThanOrEqual(rescueMs(intervalMs));
    expect(quantile(begins, 1)).toBeLessThanOrEqual(rescueMs(intervalMs) + startMs);
  },
);

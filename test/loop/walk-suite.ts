import { setTimeout as sleep } from 'node:timers/promises';
import type { BootOptions, JobContext, ProgressJob } from 'progress-manager';
import { expect, test } from 'vitest';
import type { Scripted, ScriptedProgressManager } from '../fixtures/scripted/open-scripted.js';
import { outcomeSetup, script } from './outcome-setup.js';
import { randomOf } from './trace.js';

const TYPES = ['scripted', 'phased', 'weighted', 'counted', 'counted_phased', 'cannot_resume'];
const NONSENSE = [-5, 150, Number.NaN, Number.POSITIVE_INFINITY];
const TICKS = 20;
const MOST_TICKS = 100;
const LEAST_MOVES = 100;
const SEEDS = [1, 2, 3];

/** Whatever a service says, and whatever happens to its job: the bar never moves back, and is full only at success. */
export function walkSuite(database: () => Partial<BootOptions>): void {
  const { open } = outcomeSetup(() => ({ boundNow: () => undefined, ...database() }));

  test.each(SEEDS)(
    'no walk takes the bar back, or fills it before the end (seed %i)',
    async (seed) => {
      await using scripted = await open({ beatMs: 5, limit: 24 });
      const random = randomOf(seed);
      const jobs = await Promise.all([...TYPES, ...TYPES, ...TYPES, ...TYPES].map((type) => scripted.push(type)));
      const seen = watch(scripted);
      script.count = async () => {
        await sleep(random() * 20);
        return Math.floor(random() * 40);
      };
      script.slice = (service, job, context) => walk(scripted, service, job, context, random);
      // On until it was a walk, and not a stand: a slow machine looks less often, and sees fewer moves.
      for (let tick = 0; tick < TICKS || (seen.moves <= LEAST_MOVES && tick < MOST_TICKS); tick++) {
        if (tick >= TICKS) jobs.push(...(await Promise.all(TYPES.map((type) => scripted.push(type)))));
        await seen.while(scripted.loop.tick());
        await scripted
          .knex('progress_manager')
          .where({ status: 'in_progress' })
          .update({ due_at: '2020-01-01 00:00:00.000' });
        if (random() < 0.3) await pauseOne(scripted, jobs[Math.floor(random() * jobs.length)] ?? 0);
      }
      expect(seen.faults).toEqual([]);
      expect(seen.moves).toBeGreaterThan(LEAST_MOVES);
    },
    60_000,
  );
}

/** Looks at all rows again and again, and keeps what must not be. */
function watch({ manager }: Scripted) {
  const last = new Map<number, number>();
  const faults: string[] = [];
  const look = async (): Promise<number> => {
    let moves = 0;
    for (const { number, progress, status, eta, phase } of (await manager.find({ limit: 200 })).list) {
      const before = last.get(number) ?? 0;
      if (progress < before) faults.push(`job ${number} went back from ${before} to ${progress}`);
      if ((progress === 100) !== (status === 'success')) faults.push(`job ${number} is ${status} at ${progress}`);
      if (eta !== undefined && status !== 'in_progress') faults.push(`job ${number} is ${status}, with an estimate`);
      if (phase && (phase.index < 1 || phase.index > phase.of)) faults.push(`job ${number} is in ${phase.index}`);
      if (progress > before) moves++;
      last.set(number, progress);
    }
    return moves;
  };
  const seen = {
    faults,
    moves: 0,
    async while(work: Promise<unknown>): Promise<void> {
      let isOver = false;
      const over = work.finally(() => {
        isOver = true;
      });
      while (!isOver) {
        seen.moves += await look();
        await sleep(2);
      }
      await over;
      seen.moves += await look();
    },
  };
  return seen;
}

async function pauseOne({ manager }: Scripted, number: number): Promise<void> {
  if ((await manager.get(number))?.status !== 'in_progress') return;
  await manager.pause(number);
  await manager.resume(number);
}

/** A few words of a service that knows nothing of how it should speak. */
async function walk(
  { knex }: Scripted,
  service: ScriptedProgressManager,
  job: ProgressJob,
  context: JobContext,
  random: () => number,
): Promise<unknown> {
  const hasPhases = job.phase !== undefined;
  const at = job.phase?.progress ?? job.progress;
  const percent = () => (random() < 0.9 ? at + random() * 12 - 2 : (NONSENSE[Math.floor(random() * 4)] ?? 0));
  const words: (() => unknown)[] = [
    () => service.setProgress(percent()),
    () => context.report(percent(), `word ${Math.floor(random() * 10)}`),
    // A total that grows under its feet.
    () => service.advance(job.offset + 1, 20 + Math.floor(random() * 100) + job.offset),
    () => service.advance(job.offset + Math.floor(random() * 3)),
    () => service.setCounts({ processed: Math.floor(random() * 50), total: random() < 0.5 ? undefined : 40 }),
    () => (hasPhases ? context.phase(1 + Math.floor(random() * (job.phase?.of ?? 1))) : undefined),
    () => (hasPhases && random() < 0.3 ? service.nextPhase() : undefined),
    // Beats come in between.
    () => sleep(random() * 15),
  ];
  for (let said = 0; said < 4; said++) await words[Math.floor(random() * words.length)]?.();
  const end = random();
  if (end < 0.06) return false;
  if (end < 0.1) throw new Error('on purpose');
  if (end < 0.12) service.setStatus('success');
  // Taken over, as from a worker that fell silent: what this slice says is not taken.
  if (end > 0.92) await takeOver(knex, job.number);
  return true;
}

async function takeOver(knex: Scripted['knex'], number: number): Promise<void> {
  await knex('progress_manager').where({ number }).increment('lease_version', 1).update({ lease_owner: null });
}

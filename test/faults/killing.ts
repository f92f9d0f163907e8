import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from 'progress-manager';
import { until } from '../support/until.js';
import type { Fleet } from './fleet.js';

export interface Killing {
  readonly app: App;
  readonly random: () => number;
  /** Up to so long between two kills, ms. */
  readonly pauseMs: number;
  /** Told of each kill with the types of the jobs that the worker held; `true` ends it. */
  readonly onKill: (heldTypes: readonly string[]) => boolean;
  /** A worker that holds a job of this type is hit, where there is one; by default any. */
  readonly aim?: () => string;
}

/**
 * Up to so many slices are recorded between two kills. Where workers are killed faster than they begin, a job is hit at
 * the same place until it passes for the one that kills them.
 */
const MOST_SLICES = 8;

/** Kills workers at random moments; the next start while the others work and are killed. Gives how many were killed. */
export async function killAtRandom(fleet: Fleet, { app, random, pauseMs, onKill, aim }: Killing): Promise<number> {
  let atLastKill = 0;
  for (let killed = 0; ; ) {
    const enough = atLastKill + 1 + Math.floor(random() * MOST_SLICES);
    await until('slices between two kills', async () => (await slicesRecorded(app)) >= enough, 60_000);
    await sleep(random() * pauseMs);
    const holders = aim ? await pidsHolding(app, aim()) : [];
    const held = fleet.workers.filter(([, pid]) => holders.includes(pid));
    const workers = held.length > 0 ? held : fleet.workers;
    const [index, pid] = workers[Math.floor(random() * workers.length)] ?? [];
    if (index === undefined || pid === undefined) continue;
    await fleet.kill(index);
    killed++;
    atLastKill = await slicesRecorded(app);
    const isEnough = onKill(await typesHeldBy(app, pid));
    void fleet.replace(index);
    if (isEnough) return killed;
  }
}

async function slicesRecorded(app: App): Promise<number> {
  const [row] = await app.container.get('knex')('progress_manager').sum({ slices: 'slice_seq' });
  return Number(row?.slices ?? 0);
}

/** What a dead process still holds, by its last claims. */
async function typesHeldBy(app: App, pid: number): Promise<string[]> {
  return app.container
    .get('knex')('progress_manager')
    .where('status', 'in_progress')
    .where('lease_owner', 'like', `%:${pid}/%`)
    .pluck('type');
}

async function pidsHolding(app: App, type: string): Promise<number[]> {
  const owners = await app.container
    .get('knex')('progress_manager')
    .where({ status: 'in_progress', type })
    .whereNotNull('lease_owner')
    .pluck('lease_owner');
  return owners.map((owner) => Number(/:(\d+)\//.exec(String(owner))?.[1]));
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from 'progress-manager';
import type { Fleet } from './fleet.js';

export interface Killing {
  readonly app: App;
  readonly random: () => number;
  /** Up to so long between two kills, ms. */
  readonly pauseMs: number;
  /** Told of each kill with the types of the jobs that the worker held; `true` ends it. */
  readonly onKill: (heldTypes: readonly string[]) => boolean;
}

/** Kills workers at random moments; the next start while the others work and are killed. Gives how many were killed. */
export async function killAtRandom(fleet: Fleet, { app, random, pauseMs, onKill }: Killing): Promise<number> {
  for (let killed = 0; ; ) {
    await sleep(random() * pauseMs);
    const { workers } = fleet;
    const [index, pid] = workers[Math.floor(random() * workers.length)] ?? [];
    if (index === undefined || pid === undefined) continue;
    await fleet.kill(index);
    killed++;
    const isEnough = onKill(await typesHeldBy(app, pid));
    void fleet.replace(index);
    if (isEnough) return killed;
  }
}

/** What a dead process still holds, by its last claims. */
async function typesHeldBy(app: App, pid: number): Promise<string[]> {
  return app.container
    .get('knex')('progress_manager')
    .where('status', 'in_progress')
    .where('lease_owner', 'like', `%:${pid}/%`)
    .pluck('type');
}

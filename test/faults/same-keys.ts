import { setTimeout as sleep } from 'node:timers/promises';
import { KeyBusyError, type ProgressManager } from 'progress-manager';
import { bootForTests } from '../support/boot-for-tests.js';
import { readLedger } from './oracle.js';
import { rootOf, type Scene } from './scene.js';

export interface KeyPushes {
  readonly pushes: number;
  readonly keys: number;
  readonly random: () => number;
  readonly boots: number;
  readonly callersOfBoot: number;
}

/** A job that surely lived from one time to another, by what was said outside the database. */
interface Life {
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

/** Pushes with few keys from many callers while the jobs are worked on, and what the pushes and the ledger say of it. */
export async function pushSameKeys(scene: Scene, { pushes, keys, random, boots, callersOfBoot }: KeyPushes) {
  process.env.LEDGER = scene.ledger;
  const created = new Map<number, { readonly key: string; readonly answeredAt: number }>();
  const keyOfId = new Map<string, string>();
  const found = { created: 0, joined: 0, busy: 0, neither: [] as unknown[], wrongJob: 0, liveTwice: 0, looks: 0 };
  const joined: { id: string; key: string }[] = [];
  let left = pushes;

  const call = async (manager: ProgressManager): Promise<void> => {
    while (left-- > 0) {
      const key = `key-${Math.floor(random() * keys)}`;
      const onKey = left % 2 === 0 ? 'join' : 'reject';
      try {
        const data = { holdMs: Math.floor(random() * 60) };
        const pushed = await manager.push('Holding', 'holding', data, { key, onKey });
        if (pushed.created) {
          found.created++;
          created.set(pushed.number, { key, answeredAt: Date.now() });
          keyOfId.set(pushed.id, key);
        } else if (onKey === 'join') {
          found.joined++;
          joined.push({ id: pushed.id, key });
        } else found.neither.push(pushed);
      } catch (error) {
        if (error instanceof KeyBusyError && onKey === 'reject') {
          found.busy++;
          if (error.jobId !== undefined) joined.push({ id: error.jobId, key });
        } else found.neither.push(error);
      }
    }
  };
  const look = async (): Promise<void> => {
    const knex = scene.app.container.get('knex');
    while (left > 0) {
      const twice = await knex('progress_manager')
        .whereIn('status', ['new', 'in_progress', 'paused'])
        .groupBy('key_hash')
        .havingRaw('COUNT(*) > 1')
        .select('key_hash');
      found.liveTwice += twice.length;
      found.looks++;
      await sleep(20);
    }
  };

  const apps = await Promise.all(
    Array.from({ length: boots }, () =>
      bootForTests({ root: rootOf('races'), databaseUrl: scene.databaseUrl, filesDir: scene.folder, limit: 15 }),
    ),
  );
  // Half of them only push, so that what they join ends elsewhere.
  await Promise.all(apps.slice(0, boots / 2).map(({ app }) => app.start()));
  const callers = apps.flatMap(({ app }) =>
    Array.from({ length: callersOfBoot }, () => call(app.container.get('progressManager'))),
  );
  await Promise.all([...callers, look()]);
  const unfinished = await scene.manager.find({ status: ['new', 'in_progress'], limit: 200 });
  await scene.manager.wait(
    unfinished.list.map(({ id }) => id),
    { timeout: 300_000 },
  );
  for (const each of apps) await each.app[Symbol.asyncDispose]();
  found.wrongJob = joined.filter(({ id, key }) => keyOfId.get(id) !== key).length;
  return { ...found, ...overlapsOf(livesOf(scene.ledger, created)) };
}

/** From when its push was answered, or its slice begun, until just before its end was recorded. */
function livesOf(ledger: string, created: ReadonlyMap<number, { key: string; answeredAt: number }>): Life[] {
  const lines = readLedger(ledger);
  const ended = new Map(lines.filter(({ offset }) => offset === 1).map(({ job, at }) => [job, at]));
  return lines
    .filter(({ offset }) => offset === 0)
    .flatMap(({ job, at }) => {
      const push = created.get(job);
      const to = ended.get(job);
      return push && to !== undefined ? [{ key: push.key, from: Math.min(at, push.answeredAt), to }] : [];
    });
}

function overlapsOf(lives: readonly Life[]): { readonly lives: number; readonly overlaps: number } {
  const sorted = [...lives].sort((a, b) => a.from - b.from);
  const last = new Map<string, number>();
  let overlaps = 0;
  for (const { key, from, to } of sorted) {
    const before = last.get(key) ?? 0;
    if (from < before) overlaps++;
    last.set(key, Math.max(before, to));
  }
  return { lives: lives.length, overlaps };
}

import type { BootOptions } from 'progress-manager';
import { bootForTests } from '../support/boot-for-tests.js';
import { startProxy } from '../support/proxy.js';
import { Feeding } from './feeding.js';
import { type FaultsOfRows, faultsOfRows, readLedger } from './oracle.js';
import { type Figures, report } from './report.js';
import { openScene, rootOf, type SceneOptions } from './scene.js';

/** Slices of each job under load. */
export const SLICES = 20;

export interface LoadOptions {
  readonly database?: SceneOptions['database'];
  /** Whom the worker is for the server; default: as the watcher. */
  readonly user?: string;
  readonly options?: Partial<BootOptions>;
}

/** A core behind a proxy with endless rows to write, until `finish`. */
export async function openUnderLoad(random: () => number, { database, user, options }: LoadOptions = {}) {
  const shared = { leaseMs: 2000, beatMs: 200, intervalMs: 50, limit: 5, ...options };
  const scene = await openScene({ fixture: 'rows', ...(database && { database }), options: shared });
  process.env.LEDGER = scene.ledger;
  const url = new URL(scene.databaseUrl);
  if (user !== undefined) url.username = user;
  const proxy = await startProxy(url.href);
  const { folder, manager, app } = scene;
  const worker = await bootForTests({
    ...shared,
    ...{ root: rootOf('rows'), filesDir: `${folder}/files`, databaseUrl: proxy.url, migrate: false },
  });
  await worker.app.start();
  const feeding = new Feeding(manager, 8, () =>
    manager.push('Rows', 'rows', { slices: SLICES, sliceMs: random() < 0.05 ? 300 : Math.floor(random() * 20) }),
  );
  return {
    ...scene,
    proxy,
    /** Carries every job to its end, prints the figures, and gives what the oracle found. */
    async finish(what: string, figures: Omit<Figures, 'never'>): Promise<FaultsOfRows> {
      await feeding.finish(300_000);
      const [row] = await app.container.get('knex')('progress_manager').count<{ jobs: number }[]>('* as jobs');
      const total = Number(row?.jobs);
      const begun = readLedger(scene.ledger).length;
      const found = await faultsOfRows(app, SLICES);
      const also = [figures.also, `${begun} slices begun, ${begun - total * SLICES} of them again`];
      await report(what, app, {
        ...figures,
        also: also.filter(Boolean).join('; '),
        never: {
          'jobs lost or in error': { found: found.unfinished.length + found.lost.length, of: total },
          'slices recorded twice': { found: found.twice.length, of: total * SLICES },
        },
      });
      return found;
    },
    [Symbol.asyncDispose]: async () => {
      await worker[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await scene[Symbol.asyncDispose]();
    },
  };
}

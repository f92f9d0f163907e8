import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OwnServices } from './container/services.js';
import type { DebugSink } from './contracts/job-log.js';
import type { Logger } from './contracts/logger.js';
import type { Tables } from './contracts/tables.js';
import type { GivenModules } from './registry/registry.js';
import type { BoundNow } from './store/dialect.js';
import type { StatementSeam } from './store/statement-seam.js';

export interface BootOptions {
  /** The folder that holds `modules`: of the sources under tsx, of the build under node. */
  readonly root: string | URL;
  /** `sqlite:<path>`, `sqlite::memory:` or `mysql://user:password@host:3306/database`. */
  readonly databaseUrl: string;
  /** Tables that bundled modules may touch; none by default. */
  readonly tables?: Tables;
  /** Folder of uploads and results, `./data/files` by default. */
  readonly filesDir?: string;
  /** Folder of the built page; by default where this package's build puts it. */
  readonly webDir?: string;
  /** Brings the database up to date first. Without it, a database that is not is an error. */
  readonly migrate?: boolean;
  /** JSON lines on stderr from `info` by default. */
  readonly logger?: Logger;
  /** Slices at once, 5 by default. */
  readonly limit?: number;
  /** Pause between two looks when nothing is due: 1000 ms. */
  readonly intervalMs?: number;
  /** Time between two beats: 1000 ms. */
  readonly beatMs?: number;
  /** Fair share of a job while others wait: 1000 ms. */
  readonly sliceMs?: number;
  /** A dead worker's jobs are due again after this, and so long a finished slice waits for a database: 30000 ms. At least 3 beats. */
  readonly leaseMs?: number;
  /** Time for a slice to end after a stop, a cancel or the loss of its lease, before it is cut: 8000 ms. */
  readonly graceMs?: number;
  /** Database connections, `limit + 5` by default; SQLite has one. */
  readonly pool?: number;
  /** Bytes of one upload at most, 1 GB by default. */
  readonly uploadMax?: number;
  /** Finished jobs are pruned after so many days, with their files: 30; 0 keeps them. */
  readonly keepDays?: number;
  /**
   * Keys of secret parameters, `id:key` each, the key 32 bytes in base64: the first seals, all open. Without one, a push
   * with secrets is refused.
   */
  readonly secretKeys?: readonly string[];
  /** Further values for the container, by key: an application's own services. A key has one owner. */
  readonly services?: Partial<OwnServices>;
  /**
   * The same from the default export of a module, an object or a function that gives one. Unlike `services` it also
   * reaches the child processes of jobs (`isolation: 'process'`), each of which loads it anew.
   */
  readonly servicesFrom?: string | URL;
  /**
   * Ends this process when its event loop was blocked for longer than `leaseMs`: for workers that somebody restarts.
   * Off by default; the commands `serve` and `work` set it.
   */
  readonly watchdog?: boolean;
  /**
   * Configs by the name of their module, merged after those in folders: for tests, and for programs of one file. Jobs
   * then have no child processes, which could not be handed the classes.
   */
  readonly modules?: GivenModules;
  /** Takes what jobs say by `context.debug`, for whoever sits before them; without it nobody does. */
  readonly debugSink?: DebugSink;
  /** Stands for the database's clock: of `progress-manager/testing`. */
  readonly boundNow?: BoundNow;
  /** Stands before each statement: of `progress-manager/testing`. */
  readonly seam?: StatementSeam;
}

/** Where nothing is said, ms. */
export const USUAL = { beatMs: 1000, leaseMs: 30_000 } as const;

/** What the engine goes by, with what holds where nothing is said. */
export function engineOptions(options: BootOptions) {
  return {
    tables: options.tables ?? {},
    filesDir: resolve(options.filesDir ?? './data/files'),
    intervalMs: options.intervalMs ?? 1000,
    beatMs: options.beatMs ?? USUAL.beatMs,
    sliceMs: options.sliceMs ?? 1000,
    leaseMs: options.leaseMs ?? USUAL.leaseMs,
    graceMs: options.graceMs ?? 8000,
    uploadMax: options.uploadMax ?? 1024 ** 3,
    secretKeys: options.secretKeys ?? [],
  };
}

/** A path, an address of a file, or its text. */
export function fileOf(path: string | URL): string {
  return path instanceof URL || path.startsWith('file:') ? fileURLToPath(path) : resolve(path);
}

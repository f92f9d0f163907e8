import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger, ScheduleConfig, ScheduleView } from 'progress-manager';
import { z } from 'zod';
import core from '../../core/configs/progress-manager.js';
import { bindServices } from '../../core/container/bind.js';
import { AppContainer } from '../../core/container/container.js';
import type { ProgressManagerConfig } from '../../core/contracts/config.js';
import { merge } from '../../core/registry/merge.js';
import type { Database } from '../../core/store/database.js';
import { openDatabase } from '../../core/store/open-database.js';
import { toStored } from '../../core/store/row.js';
import { Migrator } from '../../migrations/index.js';
import { PreparingProgressManager } from './preparing-progress-manager.js';

export type Schedules = Readonly<Record<string, ScheduleConfig>>;

const NO_MODULES = new URL('.', import.meta.url).pathname;
const QUIET: Logger = { debug() {}, info() {}, warn() {}, error() {} };

const CORE = { module: 'core', origin: 'core', config: core };
const TYPES: NonNullable<ProgressManagerConfig['type']> = {
  report: { run: () => undefined },
  strict: { run: () => undefined, schema: z.object({ day: z.string() }) },
  prepared: { service: PreparingProgressManager },
};

interface WorkerOptions {
  /** Another way to the database. */
  readonly url?: string;
  readonly keepDays?: number;
  readonly intervalMs?: number;
}

/** A database whose clock a test moves, with as many workers on it as the test wants. */
export class Place implements AsyncDisposable {
  /** What the database's clock says, milliseconds since 1970. */
  now = Date.UTC(2026, 0, 1);
  readonly #databases: Database[] = [];
  #filesDir = '';

  private constructor(private readonly url: string) {}

  static async open(url = 'sqlite::memory:'): Promise<Place> {
    const place = new Place(url);
    place.#filesDir = await mkdtemp(join(tmpdir(), 'pm-schedules-'));
    await new Migrator(await place.database(), NO_MODULES, QUIET).latest();
    for (const table of ['progress_manager', 'progress_upload', 'progress_schedule', 'progress_schedule_tick'])
      await place.knex(table).delete();
    return place;
  }

  /** Sets the clock: an ISO text. */
  at(time: string): void {
    this.now = Date.parse(time);
  }

  get knex() {
    return (this.#databases[0] as Database).knex;
  }

  /** Connections of their own for each worker, where the database can be opened twice. */
  async database(pool = 3, url = this.url): Promise<Database> {
    const [first] = this.#databases;
    if (first && this.url.startsWith('sqlite:')) return first;
    const boundNow = () => toStored(new Date(this.now).toISOString());
    const database = await openDatabase({ url, pool, boundNow });
    this.#databases.push(database);
    return database;
  }

  /** A worker that has these schedules in its modules. */
  async worker(schedule: Schedules, { url, keepDays = 0, intervalMs = 50 }: WorkerOptions = {}) {
    const database = await this.database(3, url);
    const { registry, faults } = merge([
      CORE,
      { module: 'reports', origin: 'reports', config: { type: TYPES, schedule } },
    ]);
    if (faults.length > 0) throw new Error(faults.join('\n'));
    const logged: { readonly level: string; readonly fields: object; readonly message: string }[] = [];
    const at = (level: string) => (fields: object, message: string) => void logged.push({ level, fields, message });
    const container = new AppContainer();
    const { scheduler } = bindServices(container, {
      ...{
        root: NO_MODULES,
        registry,
        database,
        tables: {},
        filesDir: this.#filesDir,
        worker: 'host:1/a',
        services: {},
        debugSink: undefined,
        secretKeys: [],
      },
      logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
      ...{
        limit: 1,
        intervalMs,
        beatMs: 50,
        sliceMs: 1000,
        leaseMs: 30_000,
        graceMs: 500,
        uploadMax: 1e6,
        keepDays,
      },
      ...{ child: undefined, watchdog: false },
    });
    const manager = container.get('progressManager');
    const view = async (name: string): Promise<ScheduleView> => {
      const found = (await manager.schedules()).find((each) => each.name === name);
      if (!found) throw new Error(`There is no schedule ${name}.`);
      return found;
    };
    return { scheduler, manager, database, logged, view, loop: container.get('loop'), look: () => scheduler.look() };
  }

  /** Times for which jobs were pushed, as `2026-01-02T03:00`, the oldest first. */
  async pushed(key: string): Promise<string[]> {
    return (await this.ticks(key)).filter(({ outcome }) => outcome === 'pushed').map(({ tick }) => tick);
  }

  async ticks(key: string): Promise<{ tick: string; outcome: string; reason: string | null; job_id: string | null }[]> {
    const rows = await this.knex('progress_schedule_tick').where('schedule_key', key).orderBy('tick_at');
    return rows.map(({ tick_at, outcome, reason, job_id }) => ({
      ...{ outcome, reason, job_id },
      tick: tick_at.slice(0, 16).replace(' ', 'T'),
    }));
  }

  async jobs(): Promise<{ id: string; name: string; type: string; data: string; [column: string]: unknown }[]> {
    return this.knex('progress_manager').orderBy('number');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const database of this.#databases) await database.close();
    await rm(this.#filesDir, { recursive: true, force: true });
  }
}

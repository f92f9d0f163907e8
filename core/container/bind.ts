import { Migrator } from '../../migrations/index.js';
import { JobActions } from '../actions/job-actions.js';
import type { PrepareChild } from '../contracts/child-job.js';
import type { Registry } from '../contracts/config.js';
import type { Job } from '../contracts/job.js';
import { JobEvents } from '../contracts/job-events.js';
import type { DebugSink } from '../contracts/job-log.js';
import type { Logger } from '../contracts/logger.js';
import type { ProgressJobInterface } from '../contracts/progress-job.js';
import type { PushesScheduled } from '../contracts/schedule.js';
import type { Tables } from '../contracts/tables.js';
import { APPLICATION } from '../contracts/user.js';
import { Explaining, type SeenWorker } from '../explain/explaining.js';
import { Hooks, isClass } from '../hooks/hooks.js';
import { SignInCodes } from '../http/sign-in-codes.js';
import { Beat } from '../loop/beat.js';
import { Isolation, type IsolationParts } from '../loop/isolation/isolation.js';
import { LookAhead } from '../loop/isolation/look-ahead.js';
import { Watchdog } from '../loop/isolation/watchdog.js';
import { LeftSlices } from '../loop/left-slices.js';
import { limitsByType, typesThatMayWait } from '../loop/limits-of-types.js';
import { LogWriter } from '../loop/log-writer.js';
import { Loop } from '../loop/loop.js';
import { SecretsOfJobs } from '../loop/opened-secrets.js';
import { PausedTypes } from '../loop/paused-types.js';
import { Places } from '../loop/places.js';
import { Prefetch } from '../loop/prefetch.js';
import { Presence } from '../loop/presence.js';
import { RunningJobs } from '../loop/running-jobs.js';
import { SliceRunner } from '../loop/slice-runner.js';
import { Throttles } from '../loop/throttles.js';
import { ProgressManager } from '../progress-manager.js';
import { Pushing } from '../pushing.js';
import { methodOf } from '../registry/named-method.js';
import { versionsOf } from '../registry/versions-of.js';
import { Scheduler } from '../schedule/scheduler.js';
import { Schedules } from '../schedule/schedules.js';
import { LogMasks } from '../secrets/log-masks.js';
import { SecretKeys } from '../secrets/secret-keys.js';
import { RunFunctionJob } from '../services/run-function-job.js';
import type { Database } from '../store/database.js';
import { databaseTime } from '../store/database-time.js';
import { Ends } from '../store/ends.js';
import { Families } from '../store/families.js';
import { FamilyLooks } from '../store/family-looks.js';
import { FileFolder } from '../store/file-folder.js';
import { History } from '../store/history.js';
import { ItemLedger } from '../store/item-ledger.js';
import { JobTraces } from '../store/job-traces.js';
import { KnexAccessStore } from '../store/knex-access-store.js';
import { KnexJobLogStore } from '../store/knex-job-log-store.js';
import { KnexJobStore } from '../store/knex-job-store.js';
import { KnexScheduleStore } from '../store/knex-schedule-store.js';
import { Notifications } from '../store/notifications.js';
import { OutputReader } from '../store/output-reader.js';
import { Pauses } from '../store/pauses.js';
import { Standings } from '../store/standing.js';
import { ThrottleNotes } from '../store/throttle-notes.js';
import { UploadStore } from '../store/upload-store.js';
import { Workers } from '../store/workers.js';
import { StartCheck } from '../upkeep/doctor/start-check.js';
import { FamilyWatch } from '../upkeep/family-watch.js';
import { Housekeeping } from '../upkeep/housekeeping.js';
import { Pruning } from '../upkeep/pruning.js';
import { SchemaWatch } from '../upkeep/schema-watch.js';
import { Telling } from '../upkeep/telling.js';
import { JobWaits } from '../waiting/job-waits.js';
import { WaitForAll } from '../waiting/wait-for-all.js';
import type { AppContainer } from './container.js';
import type { CoreServices, OwnServices } from './services.js';

/** The look at pauses must answer within this, ms. */
const PAUSES_MS = 1000;

export interface BindOptions {
  readonly root: string;
  readonly registry: Registry;
  readonly database: Database;
  readonly logger: Logger;
  readonly tables: Tables;
  readonly filesDir: string;
  readonly worker: string;
  readonly limit: number;
  readonly intervalMs: number;
  readonly beatMs: number;
  readonly sliceMs: number;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly uploadMax: number;
  readonly keepDays: number;
  readonly secretKeys: readonly string[];
  readonly services: Partial<OwnServices>;
  readonly child: IsolationParts['child'];
  /** End this process when its event loop is blocked for longer than a lease. */
  readonly watchdog: boolean;
  /** Takes what jobs say by `context.debug`. */
  readonly debugSink: DebugSink | undefined;
  /** Of `progress-manager/testing`, whose worker is this process, started or not: its clock, ms. */
  readonly test?: { readonly now: () => number } | undefined;
}

/** What the application itself must reach, besides what the container holds. */
export interface Bound {
  readonly running: RunningJobs;
  readonly left: LeftSlices;
  readonly slices: SliceRunner;
  readonly isolation: Isolation;
  readonly waits: JobWaits;
  readonly telling: Telling;
  readonly families: FamilyWatch;
  readonly housekeeping: Housekeeping;
  readonly presence: Presence;
  readonly watchdog: Watchdog | undefined;
  /** `undefined` where there are no child processes to prepare. */
  readonly lookAhead: LookAhead | undefined;
  readonly startCheck: StartCheck;
  readonly schemaWatch: SchemaWatch;
  readonly scheduler: Scheduler;
}

/** A claim costs an embedded database nothing that is worth claiming ahead. */
const NO_TYPES: ReadonlySet<string> = new Set();

/** Puts every service into the container, from the floor up. */
export function bindServices(container: AppContainer, options: BindOptions): Bound {
  const { registry, database } = options;
  const logMasks = new LogMasks();
  const logger = logMasks.over(options.logger);
  const secretKeys = new SecretKeys(options.secretKeys);
  const events = new JobEvents();
  const running = new RunningJobs();
  const left = new LeftSlices(logger, options.limit);
  running.onLeft = (job, work) => left.add(job, work);
  const folder = new FileFolder(options.filesDir);
  const abilities = { versions: versionsOf(registry), keyIds: secretKeys.ids };
  const store = new KnexJobStore(database, { patienceMs: options.leaseMs, abilities });
  const log = new KnexJobLogStore(database, options.leaseMs);
  const logs = new LogWriter(log, logger);
  const items = new ItemLedger(database);
  const traces = new JobTraces(database);
  const uploads = new UploadStore(database, folder, options.uploadMax);
  const create = jobServices(container, registry);
  const hooks = new Hooks(registry, (service) => container.create(service), logger);
  const look = (job: Job) => store.get(job.number, APPLICATION);
  const actions = new JobActions(registry, (service) => container.create(service), hooks, look);

  const secrets = new SecretsOfJobs(secretKeys, logMasks);
  const families = new Families(database);
  const prepareChild: PrepareChild = ({ userId, priority }, name, type, data, given) => {
    const own = { isHidden: true, priority, ...given, ...(userId !== undefined && { userId }) };
    return pushing.prepare({ name, type, data, options: own }, APPLICATION);
  };
  const slices = new SliceRunner({
    ...{ ...options, logger, store, create, folder, items, logs, secrets, running, events, hooks },
    ...{ families, prepareChild },
    isCountAwaited: options.test !== undefined,
  });
  const isolation = new Isolation({ ...options, logger, inline: slices, store, events, logs });
  const isEmbedded = database.dialect.name === 'sqlite';
  const pauses = new Pauses(database);
  const workers = new Workers(database);
  // On the connection of the beat, which it follows: a pool that is taken must not hold up the next.
  const paused = new PausedTypes(new Pauses(database.reserved.within(PAUSES_MS)));
  const throttles = new Throttles({
    ...{ registry, logger, knex: database.knex, notes: new ThrottleNotes(database) },
    testNow: options.test?.now,
  });
  const places = new Places({
    ...options,
    logger,
    store,
    slices: isolation,
    running,
    paused,
    throttles,
    logs,
    isEmbedded,
  });
  const beat = new Beat({ ...options, logger, store, running, paused, logs });
  const pushing = new Pushing({ store, registry, hooks, uploads, secretKeys, events, logger, create, isEmbedded });
  const scheduleStore = new KnexScheduleStore(database);
  const forSchedules = pushesScheduled(pushing);
  const schedules = new Schedules(scheduleStore, registry, forSchedules);
  const scheduler = new Scheduler({ ...options, logger, store: scheduleStore, pushing: forSchedules, events });
  const waits = new JobWaits(store, events);
  const outputs = new OutputReader(folder);
  const ends = new Ends(database);
  const telling = new Telling({ ...options, logger, ends, hooks, events });
  const pruning = new Pruning(new History(database), uploads, traces, ends);
  const notifications = new Notifications(database);

  const limits = limitsByType(registry);
  const mayWait = isEmbedded ? NO_TYPES : typesThatMayWait(registry);
  const prefetching = { ...options, logger, store, running, paused, limits, mayWait };
  const prefetch = (ends: AbortSignal) => new Prefetch(prefetching, ends);
  const loop = new Loop({
    ...{ ...options, logger, store, places, prefetch, isolation, running, throttles, limits, beat, events },
  });

  const migrator = new Migrator(database, options.root, logger);
  const services: CoreServices = {
    ...{ registry, database, logger, knex: database.knex, tables: options.tables },
    create: (service) => container.create(service),
    methodOf: (point, name) => methodOf(registry, point, name, (service) => container.create(service)),
    ...{ jobStore: store, jobLog: log, jobItems: items, jobEvents: events, jobActions: actions, telling },
    accessStore: new KnexAccessStore(database),
    signIn: new SignInCodes(),
    migrator,
    loop,
    progressManager: new ProgressManager({
      store,
      log,
      items,
      traces,
      registry,
      actions,
      pushing,
      pruning,
      uploads,
      outputs,
      schedules,
      waiting: new WaitForAll(waits),
      telling,
      notifications,
      create,
      pauses,
      workers,
      wake: () => loop.wake(),
      now: () => databaseTime(database),
      explaining: new Explaining({
        abilities,
        jobs: store,
        registry,
        pauses,
        workers: options.test ? { list: async () => [thisWorker(options)] } : workers,
        standings: new Standings(database),
      }),
    }),
  };
  container.setAll({ ...services, ...options.services });
  bindModules(container, registry, options.services);
  const housekeeping = new Housekeeping(pruning, logger, options.keepDays);
  const watchdog = options.watchdog ? new Watchdog(options.leaseMs, () => namesOf(running)) : undefined;
  const lookAhead = options.child && new LookAhead({ ...options, logger, store, isolation, running });
  const startCheck = new StartCheck(database, logger);
  const schemaWatch = new SchemaWatch({ outgrownBy: () => migrator.outgrownBy(), logger });
  const presence = new Presence({ ...options, workers, types: [...registry.types.keys()], left });
  return {
    ...{ running, left, slices, isolation, waits, housekeeping, presence, watchdog, lookAhead, startCheck, scheduler },
    schemaWatch,
    telling,
    families: new FamilyWatch({ looks: new FamilyLooks(database), events, logger }),
  };
}

/** As it would sign, if it worked by itself. */
function thisWorker({ worker, registry }: BindOptions): SeenWorker {
  return { worker: worker.split('/')[0] as string, types: [...registry.types.keys()], silentMs: 0 };
}

/** Schedules push for the application. */
function pushesScheduled(pushing: Pushing): PushesScheduled {
  return {
    prepare: (job) => pushing.prepare(job, APPLICATION, job.schedule),
    push: ({ name, type, data, options, schedule }) => pushing.push(name, type, data, options, APPLICATION, schedule),
  };
}

/** As people call them, for a last word. */
function namesOf(running: RunningJobs): string {
  const begun = [...running].filter(({ isWaiting }) => !isWaiting);
  return begun.map(({ number, claimed: { job } }) => `${number} (${job.type})`).join(', ');
}

/**
 * Classes that modules bring: a new instance for each slice and each press, one for all of what they call services,
 * unless one was `given`.
 */
function bindModules(container: AppContainer, registry: Registry, given: object): void {
  for (const { config } of registry.types.values()) if (config.service) container.setTransient(config.service);
  for (const { service } of registry.actions.values()) container.setTransient(service);
  for (const { hook } of [...registry.hooks.values()].flat()) if (isClass(hook)) container.setTransient(hook);
  for (const [key, service] of registry.services) if (!Object.hasOwn(given, key)) container.setClass(key, service);
}

function jobServices(container: AppContainer, registry: Registry): (type: string) => ProgressJobInterface {
  return (type) => {
    const config = registry.types.get(type)?.config;
    if (config?.run) return new RunFunctionJob(config.run.bind(config));
    if (config?.service) return container.create(config.service);
    throw new Error(`No module declares the job type "${type}".`);
  };
}

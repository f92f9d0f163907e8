import { Migrator } from '../../migrations/index.js';
import { JobActions } from '../actions/job-actions.js';
import type { Registry } from '../contracts/config.js';
import type { Job } from '../contracts/job.js';
import { JobEvents } from '../contracts/job-events.js';
import type { Logger } from '../contracts/logger.js';
import type { ProgressJobInterface } from '../contracts/progress-job.js';
import type { Tables } from '../contracts/tables.js';
import { APPLICATION } from '../contracts/user.js';
import { Hooks, isClass } from '../hooks/hooks.js';
import { SignInCodes } from '../http/sign-in-codes.js';
import { Beat } from '../loop/beat.js';
import { Isolation, type IsolationParts } from '../loop/isolation/isolation.js';
import { LookAhead } from '../loop/isolation/look-ahead.js';
import { Watchdog } from '../loop/isolation/watchdog.js';
import { Loop } from '../loop/loop.js';
import { SecretsOfJobs } from '../loop/opened-secrets.js';
import { Places } from '../loop/places.js';
import { RunningJobs } from '../loop/running-jobs.js';
import { SliceRunner } from '../loop/slice-runner.js';
import { ProgressManager } from '../progress-manager.js';
import { Pushing } from '../pushing.js';
import { versionsOf } from '../registry/versions-of.js';
import { LogMasks } from '../secrets/log-masks.js';
import { SecretKeys } from '../secrets/secret-keys.js';
import { RunFunctionJob } from '../services/run-function-job.js';
import type { Database } from '../store/database.js';
import { Ends } from '../store/ends.js';
import { FileFolder } from '../store/file-folder.js';
import { History } from '../store/history.js';
import { KnexAccessStore } from '../store/knex-access-store.js';
import { KnexJobStore } from '../store/knex-job-store.js';
import { Notifications } from '../store/notifications.js';
import { OutputReader } from '../store/output-reader.js';
import { UploadStore } from '../store/upload-store.js';
import { StartCheck } from '../upkeep/doctor/start-check.js';
import { Housekeeping } from '../upkeep/housekeeping.js';
import { Pruning } from '../upkeep/pruning.js';
import { Telling } from '../upkeep/telling.js';
import { JobWaits } from '../waiting/job-waits.js';
import type { AppContainer } from './container.js';
import type { CoreServices, OwnServices } from './services.js';

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
}

/** What the application itself must reach, besides what the container holds. */
export interface Bound {
  readonly running: RunningJobs;
  readonly slices: SliceRunner;
  readonly isolation: Isolation;
  readonly waits: JobWaits;
  readonly telling: Telling;
  readonly housekeeping: Housekeeping;
  readonly watchdog: Watchdog | undefined;
  /** `undefined` where there are no child processes to prepare. */
  readonly lookAhead: LookAhead | undefined;
  readonly startCheck: StartCheck;
}

/** Puts every service into the container, from the floor up. */
export function bindServices(container: AppContainer, options: BindOptions): Bound {
  const { registry, database } = options;
  const logMasks = new LogMasks();
  const logger = logMasks.over(options.logger);
  const secretKeys = new SecretKeys(options.secretKeys);
  const events = new JobEvents();
  const running = new RunningJobs();
  const folder = new FileFolder(options.filesDir);
  const store = new KnexJobStore(database, options.leaseMs, { versions: versionsOf(registry), keyIds: secretKeys.ids });
  const uploads = new UploadStore(database, folder, options.uploadMax);
  const create = jobServices(container, registry);
  const hooks = new Hooks(registry, (service) => container.create(service), logger);
  const look = (job: Job) => store.get(job.number, APPLICATION);
  const actions = new JobActions(registry, (service) => container.create(service), hooks, look);

  const secrets = new SecretsOfJobs(secretKeys, logMasks);
  const slices = new SliceRunner({ ...options, logger, store, create, folder, secrets, running, events });
  const isolation = new Isolation({ ...options, logger, inline: slices, store, events });
  const isEmbedded = database.dialect.name === 'sqlite';
  const places = new Places({ ...options, logger, store, slices: isolation, running, isEmbedded });
  const beat = new Beat({ ...options, logger, store, running });
  const pushing = new Pushing({ store, registry, hooks, uploads, secretKeys, events, logger, create });
  const waits = new JobWaits(store, events);
  const outputs = new OutputReader(folder);
  const ends = new Ends(database);
  const telling = new Telling({ ...options, logger, ends, hooks, events });
  const pruning = new Pruning(new History(database), uploads, ends);
  const notifications = new Notifications(database);

  const services: CoreServices = {
    ...{ registry, database, logger, knex: database.knex, tables: options.tables },
    ...{ jobStore: store, jobEvents: events, jobActions: actions, telling },
    accessStore: new KnexAccessStore(database),
    signIn: new SignInCodes(),
    migrator: new Migrator(database.knex, options.root, logger),
    loop: new Loop({ ...options, logger, store, places, isolation, running, beat, events }),
    progressManager: new ProgressManager({
      store,
      registry,
      actions,
      pushing,
      pruning,
      uploads,
      outputs,
      waits,
      telling,
      notifications,
      create,
    }),
  };
  container.setAll({ ...services, ...options.services });
  bindModules(container, registry);
  const housekeeping = new Housekeeping(pruning, logger, options.keepDays);
  const watchdog = options.watchdog ? new Watchdog(options.leaseMs, () => namesOf(running)) : undefined;
  const lookAhead = options.child && new LookAhead({ ...options, logger, store, isolation, running });
  const startCheck = new StartCheck(database, logger);
  return { running, slices, isolation, waits, telling, housekeeping, watchdog, lookAhead, startCheck };
}

/** As people call them, for a last word. */
function namesOf(running: RunningJobs): string {
  return [...running].map(({ number, claimed: { job } }) => `${number} (${job.type})`).join(', ');
}

/** Classes that modules bring: a new instance for each slice and each press, one for all of what they call services. */
function bindModules(container: AppContainer, registry: Registry): void {
  for (const { config } of registry.types.values()) if (config.service) container.setTransient(config.service);
  for (const { service } of registry.actions.values()) container.setTransient(service);
  for (const { hook } of [...registry.hooks.values()].flat()) if (isClass(hook)) container.setTransient(hook);
  for (const [key, service] of registry.services) container.setClass(key, service);
}

function jobServices(container: AppContainer, registry: Registry): (type: string) => ProgressJobInterface {
  return (type) => {
    const config = registry.types.get(type)?.config;
    if (config?.run) return new RunFunctionJob(config.run.bind(config));
    if (config?.service) return container.create(config.service);
    throw new Error(`No module declares the job type "${type}".`);
  };
}

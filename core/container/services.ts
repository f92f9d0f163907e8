import type { Knex } from 'knex';
import type { Migrator } from '../../migrations/index.js';
import type { JobActions } from '../actions/job-actions.js';
import type { AccessStore } from '../contracts/access-store.js';
import type { ClassOf, Registry } from '../contracts/config.js';
import type { CoreService } from '../contracts/core-services.js';
import type { Extensions } from '../contracts/extension.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { JobItemStore } from '../contracts/job-items.js';
import type { JobLogStore } from '../contracts/job-log.js';
import type { JobStore } from '../contracts/job-store.js';
import type { Logger } from '../contracts/logger.js';
import type { Tables } from '../contracts/tables.js';
import type { SignInCodes } from '../http/sign-in-codes.js';
import type { Loop } from '../loop/loop.js';
import type { ProgressManager } from '../progress-manager.js';
import type { Database } from '../store/database.js';
import type { Telling } from '../upkeep/telling.js';

/** What core puts into the container, by key: one for each of CORE_SERVICES. */
export interface CoreServices extends Readonly<Record<CoreService, unknown>> {
  readonly progressManager: ProgressManager;
  readonly registry: Registry;
  readonly loop: Loop;
  readonly jobStore: JobStore;
  readonly jobLog: JobLogStore;
  readonly jobItems: JobItemStore;
  readonly jobActions: JobActions;
  readonly jobEvents: JobEvents;
  readonly telling: Telling;
  readonly accessStore: AccessStore;
  readonly signIn: SignInCodes;
  readonly migrator: Migrator;
  readonly database: Database;
  /** The application's database, for reads outside `context.write`. */
  readonly knex: Knex;
  /** Tables that modules may touch. */
  readonly tables: Tables;
  readonly logger: Logger;
  /** A new instance of a class of a module, with what it injects. */
  readonly create: <T>(service: ClassOf<T>) => T;
  /**
   * The method that was given to an extension point under this name (`faultOfMethod`), to be called: on an instance that is
   * made for the call, with what it injects, or on its class. Throws RefusedError for every other name.
   */
  readonly methodOf: (point: keyof Extensions, name: string) => (...given: readonly unknown[]) => unknown;
}

/**
 * Everything the container holds. Modules that bring services add theirs by declaration merging:
 * `declare module 'progress-manager' { interface Services { massAction: MassAction } }`
 */
export interface Services extends CoreServices {}

/** What applications and modules bring. */
export type OwnServices = Omit<Services, CoreService>;

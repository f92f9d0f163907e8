import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from './app.js';
import { type BootOptions, engineOptions, fileOf } from './boot-options.js';
import { checkBootOptions } from './check-boot.js';
import { bindServices } from './container/bind.js';
import { childProgram } from './container/child-program.js';
import { AppContainer } from './container/container.js';
import { loadServices } from './container/load-services.js';
import type { OwnServices } from './container/services.js';
import type { Registry } from './contracts/config.js';
import { isCoreService } from './contracts/core-services.js';
import { describeError } from './contracts/describe-error.js';
import { ConfigurationError, StoreUnavailableError } from './contracts/errors.js';
import type { Logger } from './contracts/logger.js';
import type { RegisteredRoutes } from './contracts/routes.js';
import { createHandler } from './http/app.js';
import { loadModules } from './load-modules.js';
import { jsonLogger } from './logging/json-logger.js';
import type { Database } from './store/database.js';
import { FileFolder } from './store/file-folder.js';
import { openDatabase } from './store/open-database.js';
import { fromStored } from './store/row.js';
import { isProcess } from './upkeep/is-process.js';

/**
 * The boots of this process that live: a second one must not take the leases of the first for a dead worker's. On
 * `globalThis`, because a process may hold this package twice.
 */
const LIVING = Symbol.for('progress-manager.living-boots');
const shared = globalThis as { [LIVING]?: Set<string> };
shared[LIVING] ??= new Set();
const living = shared[LIVING];

/**
 * Discovers, loads and merges the modules, binds everything, and opens the database. Does not start the loop.
 * Throws ConfigurationError with every fault of every module, StoreUnavailableError for the database.
 */
export function boot(options: BootOptions): Promise<App> {
  return made(options, async (container, database, filesDir) => {
    await new FileFolder(filesDir).check();
    await prepareDatabase(container, database, options.migrate ?? false);
  });
}

/**
 * Makes all that a boot makes, and lets it go; asks the database nothing, and leaves nothing behind. What a boot would
 * refuse besides its database and its files, this refuses too. Throws ConfigurationError as `boot`.
 */
export async function rehearse(options: BootOptions): Promise<void> {
  // Opening a file of SQLite would make it.
  const databaseUrl = options.databaseUrl.startsWith('sqlite:') ? 'sqlite::memory:' : options.databaseUrl;
  await using _app = await made({ ...options, databaseUrl }, async () => undefined);
}

/** What is to be done before an application is handed out. */
type Prepare = (container: AppContainer, database: Database, filesDir: string) => Promise<void>;

async function made(options: BootOptions, prepare: Prepare): Promise<App> {
  checkBootOptions(options);
  const root = fileOf(options.root);
  const logger = options.logger ?? jsonLogger('info');
  const { registry, routes } = await loadModules(root, options.modules);
  const servicesFrom = options.servicesFrom === undefined ? undefined : fileOf(options.servicesFrom);
  const services = { ...(await loadServices(servicesFrom)), ...options.services };
  refuseTakenServices(services, (key) => registry.services.has(key) && options.seam === undefined);
  const limit = options.limit ?? 5;
  const pool = options.pool ?? limit + 5;
  const { databaseUrl: url, boundNow, seam } = options;
  const database = await openDatabase({ url, pool, ...(boundNow && { boundNow }), ...(seam && { seam }) });
  const bootId = randomBytes(4).toString('hex');
  living.add(bootId);
  try {
    const known = { root, logger, registry, routes, database, limit, bootId, services, servicesFrom };
    return await assemble(options, known, prepare);
  } catch (error) {
    living.delete(bootId);
    await database.close();
    throw error;
  }
}

interface Known {
  readonly root: string;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly routes: readonly RegisteredRoutes[];
  readonly database: Database;
  readonly limit: number;
  readonly bootId: string;
  readonly services: Partial<OwnServices>;
  readonly servicesFrom: string | undefined;
}

async function assemble(options: BootOptions, known: Known, prepare: Prepare): Promise<App> {
  const { root, logger, registry, routes, database, bootId, servicesFrom } = known;
  const container = new AppContainer();
  const engine = { ...engineOptions(options), root, worker: `${hostname()}:${process.pid}/${bootId}` };
  const test = testOf(options);
  const child = childProgram({
    options: { ...engine, databaseUrl: options.databaseUrl, servicesFrom, hearsDebug: options.debugSink !== undefined },
    program: new URL(`./child${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
    registry,
    services: options.services ?? {},
    modules: options.modules ?? {},
    isTest: test !== undefined,
    logger,
  });
  const bound = bindServices(container, {
    ...{ ...known, ...engine, child, test },
    keepDays: options.keepDays ?? 30,
    watchdog: options.watchdog ?? false,
    debugSink: options.debugSink,
  });
  bound.telling.listen();
  await prepare(container, database, engine.filesDir);
  const parts = {
    progressManager: container.get('progressManager'),
    accessStore: container.get('accessStore'),
    signIn: container.get('signIn'),
    registryVersion: versionOf(registry),
    uploadMax: engine.uploadMax,
    webDir: options.webDir ?? builtPage(),
    logger: container.get('logger'),
    ready: () => isReachable(database),
  };
  const handler = createHandler(
    parts,
    routes.map((each) => ({ ...each, mount: (app) => container.create(each.config.service).mount(app) })),
  );
  return new App(container, handler, bound, container.get('logger'), () => living.delete(bootId));
}

/** What `progress-manager/testing` boots goes by its clock, where the database's is not meant. */
function testOf({ seam, boundNow }: BootOptions): { readonly now: () => number } | undefined {
  if (seam === undefined) return undefined;
  return { now: () => Date.parse(fromStored(boundNow?.() ?? null) ?? new Date().toISOString()) };
}

/**
 * Plain JavaScript, or a module that came later, may name a key that has an owner. In a test of modules, what is given
 * stands for a module's own service.
 */
function refuseTakenServices(services: object, isTaken: (key: string) => boolean): void {
  const taken = Object.keys(services).filter((key) => isCoreService(key) || isTaken(key));
  if (taken.length === 0) return;
  throw new ConfigurationError(
    taken.map((key) => `boot: the service "${key}" has an owner already, core or a module. Give yours another key.`),
  );
}

async function prepareDatabase(container: AppContainer, database: Database, migrate: boolean): Promise<void> {
  const migrator = container.get('migrator');
  try {
    if (migrate) await migrator.latest();
    await migrator.refuseOutgrown();
    const pending = await migrator.pending();
    if (pending.length > 0) {
      throw new StoreUnavailableError(
        `The database lacks ${pending.length} migrations (${pending.join(', ')}). Run "progress-manager migrate" on it (in a clone "npm run pm -- migrate"), or boot with migrate: true.`,
      );
    }
  } catch (cause) {
    if (cause instanceof Error && 'status' in cause) throw cause;
    const words = describeError(cause).replace(/\.$/, '');
    throw new StoreUnavailableError(
      `The database cannot be used: ${words}. "progress-manager doctor" tells what to do (in a clone "npm run pm -- doctor").`,
      { cause },
    );
  }
  if (database.dialect.name === 'sqlite') await container.get('jobStore').endLeasesOfDead(hostname(), isAlive);
}

/** What carries this process's pid and none of its boots is of a process before it. */
function isAlive(pid: number, bootId: string): boolean {
  return pid === process.pid ? living.has(bootId) : isProcess(pid);
}

async function isReachable(database: Database): Promise<boolean> {
  try {
    await database.rows('SELECT 1 FROM progress_manager WHERE number = 0', []);
    return true;
  } catch {
    // The probe's answer is the report.
    return false;
  }
}

/** Changes when a type, an action or their order does. */
function versionOf({ types, actions, statusAction }: Registry): string {
  const shape = [
    [...types.values()].map(({ key, label, config }) => [key, label, config.action]),
    [...actions.keys()],
    statusAction,
  ];
  return createHash('sha256').update(JSON.stringify(shape)).digest('base64url').slice(0, 12);
}

/** `dist/web`, seen from the sources and from the build beside it. */
function builtPage(): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return resolve(here, basename(resolve(here, '..')) === 'dist' ? '../web' : '../dist/web');
}

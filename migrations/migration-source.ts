import { pathToFileURL } from 'node:url';
import fg from 'fast-glob';
import type { Knex } from 'knex';
import { describeError } from '../core/contracts/describe-error.js';
import { ConfigurationError } from '../core/contracts/errors.js';
import * as progressManager from './0001-progress-manager.js';
import * as access from './0002-access.js';
import * as pushedData from './0003-pushed-data.js';
import * as isolation from './0004-isolation.js';
import * as logAndItems from './0005-log-and-items.js';
import * as schedules from './0006-schedules.js';
import * as pace from './0007-pace.js';
import * as secretsAndVersions from './0008-secrets-and-versions.js';
import * as limits from './0009-limits.js';
import * as chains from './0010-chains.js';
import * as children from './0011-children.js';
import * as places from './0012-places.js';
import * as scheduleOfJob from './0013-schedule-of-job.js';
import * as groups from './0014-groups.js';
import * as leftSlices from './0015-left-slices.js';
import * as begun from './0016-begun.js';
import { patient } from './patient.js';

/** A migration under the name that the database remembers it by. */
export interface NamedMigration {
  readonly name: string;
  load(): Promise<Knex.Migration>;
}

/**
 * Imported here and not searched for: their order is part of the program. They only add; one that takes something away
 * comes a version after the code that needed it, and its name ends in `-contract`, by which older workers retire.
 */
const CORE: readonly NamedMigration[] = [
  { name: '0001-progress-manager', load: async () => progressManager },
  { name: '0002-access', load: async () => access },
  { name: '0003-pushed-data', load: async () => pushedData },
  { name: '0004-isolation', load: async () => isolation },
  { name: '0005-log-and-items', load: async () => logAndItems },
  { name: '0006-schedules', load: async () => schedules },
  { name: '0007-pace', load: async () => pace },
  { name: '0008-secrets-and-versions', load: async () => secretsAndVersions },
  { name: '0009-limits', load: async () => limits },
  { name: '0010-chains', load: async () => chains },
  { name: '0011-children', load: async () => children },
  { name: '0012-places', load: async () => places },
  { name: '0013-schedule-of-job', load: async () => scheduleOfJob },
  { name: '0014-groups', load: async () => groups },
  { name: '0015-left-slices', load: async () => leftSlices },
  { name: '0016-begun', load: async () => begun },
];

/** By which a newer version's migrations are told from ours. */
export const CORE_NAMES: ReadonlySet<string> = new Set(CORE.map(({ name }) => name));

/**
 * Core's migrations, then the files in `migrations` of every module under `root`, by module and name.
 * Names carry no extension: the same migration is `.ts` in a repository and `.js` in its build.
 */
export function createMigrationSource(root: string): Knex.MigrationSource<NamedMigration> {
  return {
    getMigrations: async () => [...CORE.map(patiently), ...(await modulesMigrations(root))],
    getMigrationName: ({ name }) => name,
    getMigration: ({ load }) => load(),
  };
}

/** Each of them may be run again from its start; of modules' nobody knows. */
function patiently({ name, load }: NamedMigration): NamedMigration {
  return { name, load: async () => patient(name, await load()) };
}

async function modulesMigrations(root: string): Promise<readonly NamedMigration[]> {
  const files = await fg('modules/*/migrations/*.{ts,js}', { cwd: root, absolute: true, ignore: ['**/*.d.ts'] });
  return files
    .map((file) => ({ name: nameOf(file), load: () => importMigration(file) }))
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

/** By module, then by name: a slash would sort `import-x/…` before `import/…`. */
function sortKey({ name }: NamedMigration): string {
  return name.replace('/', '\0');
}

/** `modules/place/migrations/0001-place.ts` → `place/0001-place`. fast-glob gives `/` on every system. */
function nameOf(file: string): string {
  const [module, , stem] = file
    .replace(/\.(?:ts|js)$/, '')
    .split('/')
    .slice(-3);
  return `${module}/${stem}`;
}

async function importMigration(file: string): Promise<Knex.Migration> {
  const migration: Partial<Knex.Migration> = await import(pathToFileURL(file).href).catch((cause: unknown) => {
    throw new ConfigurationError([`${file} could not be loaded: ${describeError(cause)}`], { cause });
  });
  if (typeof migration.up !== 'function' || typeof migration.down !== 'function') {
    throw new ConfigurationError([`${file} must export two functions: up(knex) and down(knex).`]);
  }
  return migration as Knex.Migration;
}

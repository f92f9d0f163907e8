import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App, BootOptions, ProgressManager } from 'progress-manager';
import { bootForTests } from '../support/boot-for-tests.js';
import { createTestDatabase } from '../support/test-database.js';

/** Where a test by faults takes place: a database, a folder with the ledger, and a core that watches and works on nothing. */
export interface Scene extends AsyncDisposable {
  readonly app: App;
  readonly manager: ProgressManager;
  readonly folder: string;
  readonly ledger: string;
  readonly databaseUrl: string;
}

export interface SceneOptions {
  /** A folder in `test/fixtures`, or none for the bundled modules. */
  readonly fixture?: string;
  /** Default: a database on the server under test. */
  readonly database?: 'sqlite' | { readonly url: string };
  readonly options?: Partial<BootOptions>;
}

export function rootOf(fixture: string | undefined): string {
  return fileURLToPath(new URL(fixture === undefined ? '../..' : `../fixtures/${fixture}`, import.meta.url));
}

export async function openScene({ fixture, database, options }: SceneOptions): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'pm-faults-'));
  const ledger = join(folder, 'ledger.txt');
  await writeFile(ledger, '');
  const made = database === undefined ? await createTestDatabase() : undefined;
  const databaseUrl =
    made?.url ?? (typeof database === 'object' ? database.url : `sqlite:${join(folder, 'jobs.sqlite')}`);
  const { app, ...watcher } = await bootForTests({
    ...{ root: rootOf(fixture), databaseUrl, filesDir: join(folder, 'files') },
    ...options,
  });
  await createRowTable(app);
  return {
    ...{ app, manager: app.container.get('progressManager'), folder, ledger, databaseUrl },
    [Symbol.asyncDispose]: async () => {
      await watcher[Symbol.asyncDispose]();
      await made?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What slices write. It has no unique key: a slice that counted twice shows. */
async function createRowTable(app: App): Promise<void> {
  await app.container.get('knex').schema.createTable('fault_row', (table) => {
    table.bigInteger('job').notNullable().index();
    table.integer('seq').notNullable();
    // Who wrote it, and who held the job in that moment.
    table.integer('pid').notNullable();
    table.integer('holder');
  });
}

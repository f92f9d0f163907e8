import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type App, type BootOptions, boot } from 'progress-manager';

/** Folder of the modules that only tests have. */
export const TEST_MODULES = fileURLToPath(new URL('../fixtures/scripted', import.meta.url));

export interface TestApp extends AsyncDisposable {
  readonly app: App;
  readonly filesDir: string;
}

const silent = () => undefined;

/** A core on an empty in-memory database, with its files in a folder of their own; all of it goes with `await using`. */
export async function bootForTests(options: Partial<BootOptions> = {}): Promise<TestApp> {
  const filesDir = await mkdtemp(join(tmpdir(), 'pm-test-files-'));
  const app = await boot({
    root: TEST_MODULES,
    databaseUrl: 'sqlite::memory:',
    migrate: true,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    filesDir,
    // No page, whether or not this folder was built.
    webDir: join(filesDir, 'no-page'),
    intervalMs: 50,
    beatMs: 50,
    graceMs: 1000,
    ...options,
  });
  return {
    app,
    filesDir,
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]();
      await rm(filesDir, { recursive: true, force: true });
    },
  };
}

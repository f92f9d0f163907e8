import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type App, type BootOptions, boot } from 'progress-manager';
import { testOptions } from '../../core/testing/test-options.js';

/** Folder of the modules that only tests have. */
export const TEST_MODULES = fileURLToPath(new URL('../fixtures/scripted', import.meta.url));

export interface TestApp extends AsyncDisposable {
  readonly app: App;
  readonly filesDir: string;
}

/**
 * A core of one worker on the database's own clock, with the options of `progress-manager/testing`: for tests of the
 * engine itself. Modules are tested with the kit. All of it goes with `await using`.
 */
export async function bootForTests(options: Partial<BootOptions> = {}): Promise<TestApp> {
  const filesDir = await mkdtemp(join(tmpdir(), 'pm-test-files-'));
  // A beat that is to rest through a test would be too slow for the usual lease.
  const leaseMs = Math.max(30_000, 3 * (options.beatMs ?? 0));
  const app = await boot({ root: TEST_MODULES, ...testOptions(filesDir), leaseMs, ...options });
  return {
    app,
    filesDir,
    [Symbol.asyncDispose]: async () => {
      await app[Symbol.asyncDispose]();
      await rm(filesDir, { recursive: true, force: true });
    },
  };
}

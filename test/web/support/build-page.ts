import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { vi } from 'vitest';

/** A build of the page in a folder of its own; `await using` removes it. */
export interface BuiltPage extends AsyncDisposable {
  readonly webDir: string;
}

const CONFIG = fileURLToPath(new URL('../../../web/vite.config.ts', import.meta.url));

/** Builds the page as it is shipped, whatever was built before. */
export async function buildPage(): Promise<BuiltPage> {
  const webDir = await mkdtemp(join(tmpdir(), 'pm-test-web-'));
  vi.stubEnv('NODE_ENV', 'production'); // "test" would choose the development builds of dependencies
  try {
    await build({ configFile: CONFIG, logLevel: 'warn', build: { outDir: webDir } });
  } finally {
    vi.unstubAllEnvs();
  }
  return { webDir, [Symbol.asyncDispose]: () => rm(webDir, { recursive: true, force: true }) };
}

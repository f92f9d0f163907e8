import { join } from 'node:path';
import { build } from 'vite';

/**
 * What is started or found by its path, as [the file that is written, the one that was built]. In one file with the rest,
 * the core looks for its own config a folder higher up.
 */
const ENTRIES = {
  'core/index': 'core/index',
  'core/child': 'core/child',
  'configs/progress-manager': 'core/configs/progress-manager',
  'test/fixtures/worker': 'test/fixtures/worker',
};

/** Drivers stay where they are: one is machine code, and of the others that knex knows most are not there. */
const DRIVERS = /^(?:better-sqlite3|sqlite3|mysql2?|mariadb|pg|pg-[a-z-]+|oracledb|tedious)(?:\/|$)/;

/**
 * Puts what the workers of a build load, packages and all, into a few files in its place. File by file they are 700, and
 * three quarters of the processor time that a worker takes to begin.
 */
export async function bundle(dist: string): Promise<void> {
  const input = Object.entries(ENTRIES).map(([name, built]) => [name, join(dist, `${built}.js`)]);
  await build({
    configFile: false,
    logLevel: 'error',
    root: dist,
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: dist,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        external: DRIVERS,
        input: Object.fromEntries(input),
        output: { entryFileNames: '[name].js', chunkFileNames: 'core/[name]-[hash].js' },
      },
    },
  });
}

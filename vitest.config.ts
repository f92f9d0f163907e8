import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { CountReporter } from './scripts/count-reporter.js';

/** `npm test` runs all three projects; `--project unit` needs neither a database server nor a browser. */
const SERVER_TESTS = 'test/**/*.server.test.ts';
const BROWSER_TESTS = 'test/**/*.browser.test.ts';
/** Tests of a bundled module that need this repository lie in its folder, and go with it; `*.test.ts` there are node's own. */
const MODULE_TESTS = 'modules/*/test/**/*.spec.ts';
const MODULE_SERVER_TESTS = 'modules/*/test/**/*.server.spec.ts';
const MODULE_BROWSER_TESTS = 'modules/*/test/**/*.browser.spec.ts';
const FAULT_TESTS = 'test/faults/*.faults.test.ts';
/** They hold a bound against the clock, or have leases of a second, so that nothing else may run beside them. */
const TIMED_FAULT_TESTS = [
  'crash',
  'cancels',
  'signals',
  'controls',
  'read-only',
  'poisons',
  'deadlocks',
  'prefetch',
].map((name) => `test/faults/${name}.faults.test.ts`);

/** One group after the other. */
function faultTests(
  name: string,
  groupOrder: number,
  files: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      globalSetup: ['test/support/global-setup.ts', 'test/faults/global-setup.ts'],
      testTimeout: 900_000 * Number(process.env.FAULTS_TIMES ?? 1),
      sequence: { groupOrder },
      ...files,
    },
  };
}

export default defineConfig({
  // Files that no tsconfig covers (fixtures, modules made by a test) have parameter decorators too.
  oxc: { decorator: { legacy: true } },
  resolve: {
    alias: [
      // What the export condition `progress-manager-source` gives under tsx; an alias also reaches modules that a
      // test writes into a temporary folder.
      { find: /^progress-manager$/, replacement: fileURLToPath(new URL('core/index.ts', import.meta.url)) },
      {
        find: /^progress-manager\/testing$/,
        replacement: fileURLToPath(new URL('core/testing/index.ts', import.meta.url)),
      },
    ],
  },
  test: {
    maxWorkers: 2,
    // For a slow and busy machine, on which a process takes seconds to begin; a test that hangs is found all the same.
    // What is promised in a time is asserted where it is promised.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', new CountReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', MODULE_TESTS],
          exclude: [SERVER_TESTS, BROWSER_TESTS, FAULT_TESTS, MODULE_SERVER_TESTS, MODULE_BROWSER_TESTS],
        },
      },
      {
        extends: true,
        test: {
          name: 'server',
          include: [SERVER_TESTS, MODULE_SERVER_TESTS],
          globalSetup: 'test/support/global-setup.ts',
        },
      },
      // Minutes long: `npm run test:faults`. `npm test` leaves it out.
      ...(process.env.FAULTS === undefined
        ? []
        : [
            faultTests('faults by the clock', 1, { include: TIMED_FAULT_TESTS, fileParallelism: false }),
            faultTests('faults', 2, { include: [FAULT_TESTS], exclude: TIMED_FAULT_TESTS }),
          ]),
      {
        extends: true,
        test: {
          name: 'browser',
          include: [BROWSER_TESTS, MODULE_BROWSER_TESTS],
          globalSetup: 'test/support/global-setup.ts',
        },
      },
    ],
  },
});

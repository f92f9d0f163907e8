import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { TestCounts } from './count-reporter.js';

/**
 * Prints what failed, and as the last line of .ci/run `N passed, N failed`.
 * Arguments: the folder of the files that CountReporter wrote, the exit codes of the tests, of the fault tests, of
 * `npm run all`. What ended badly without naming a failed test counts as one.
 */
const Counts = z.object({ passed: z.number(), failures: z.array(z.string()) });

const [folder = '', testsExitCode = '', faultsExitCode = '', checksExitCode = ''] = process.argv.slice(2);

/** Nothing was written where nothing could be run. */
function countsOf(name: string): TestCounts {
  const file = join(folder, name);
  return existsSync(file) ? Counts.parse(JSON.parse(readFileSync(file, 'utf8'))) : { passed: 0, failures: [] };
}

function failuresOf(command: string, exitCode: string, named: readonly string[] = []): readonly string[] {
  return exitCode === '0' || named.length > 0 ? named : [`${command} ended with exit code ${exitCode}`];
}

const tests = countsOf('tests');
const faults = countsOf('faults');
const failures = [
  ...failuresOf('npm test', testsExitCode, tests.failures),
  ...failuresOf('npm run test:faults', faultsExitCode, faults.failures),
  ...failuresOf('npm run all', checksExitCode),
];

for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${tests.passed + faults.passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;

import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Prints `N passed, N failed`, the last line of .ci/run.
 * Arguments: the file CountReporter wrote, the exit code of the tests, the exit code of `npm run all`.
 * Tests that ended badly without naming a failed one, and a failed `npm run all`, count as one failed each.
 */
const Counts = z.object({ passed: z.number(), failed: z.number() });

const [file = '', testExitCode, checksExitCode] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const { passed, failed } = text === '' ? { passed: 0, failed: 0 } : Counts.parse(JSON.parse(text));
const failedTests = testExitCode === '0' ? failed : Math.max(failed, 1);
const failedChecks = checksExitCode === '0' ? 0 : 1;

console.log(`${passed} passed, ${failedTests + failedChecks} failed`);
process.exitCode = failedTests + failedChecks === 0 ? 0 : 1;

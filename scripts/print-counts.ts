import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Prints what failed, and as the last line of .ci/run `N passed, N failed`.
 * Arguments: the file CountReporter wrote, the exit codes of the tests, of the fault tests, of `npm run all`.
 * Tests that ended badly without naming a failed one, fault tests and a failed `npm run all` count as one each.
 */
const Counts = z.object({ passed: z.number(), failures: z.array(z.string()) });

const [file = '', testExitCode, faultsExitCode, checksExitCode] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const { passed, failures } = Counts.parse(text === '' ? { passed: 0, failures: [] } : JSON.parse(text));

if (testExitCode !== '0' && failures.length === 0) failures.push(`npm test ended with exit code ${testExitCode}`);
if (faultsExitCode !== '0') failures.push(`npm run test:faults ended with exit code ${faultsExitCode}`);
if (checksExitCode !== '0') failures.push(`npm run all ended with exit code ${checksExitCode}`);

for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Takes each guard out of each statement of the store, one at a time, and runs the tests of store and loop: one of
 * them has to fail. Works on a copy. Before that they have to pass with every guard in its place: else a red test would
 * say nothing. Prints a line per guard with the test that caught it, and exits with 1 when one is missed by
 * all tests. Arguments: files of the store; by default all.
 */

/** A guard, and what stands for it (`$&`) when it is gone: the same bindings, and always true. */
const GUARDS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:[pv]\.)?lease_version = \?/g, '? IS NOT NULL'],
  [/\blease_version = (?=\$\{value)/g, 'lease_version >= 0 * '],
  [/\bslice_seq = (?=\$\{value)/g, 'slice_seq >= 0 * '],
  [/\bv\.lease_version = p\.lease_version/g, '1 = 1'],
  [/\bslice_seq = \?/g, '? IS NOT NULL'],
  [/\bv\.slice_seq = p\.slice_seq/g, '1 = 1'],
  [/\blease_owner = \?(?= AND status)/g, '? IS NOT NULL'],
  [/\blease_owner IN \([^)]*\)\}\)/g, '(1 = 1 OR $&)'],
  [/\b(?:p\.)?lease_owner IS NOT NULL(?! THEN)/g, '1 = 1'],
  [/\b(?:p\.)?status = '[a-z_]+'(?=\s*(?:AND|`|"|\$|$))/gm, '1 = 1'],
  [/\b(?:p\.)?status = '\$\{expected\}'/g, '1 = 1'],
  [/\b(?:p\.)?status IN \([^)]*\)(?! THEN)/g, '1 = 1'],
  [/\bdeleted = 0/g, '1 = 1'],
  [/\bcreated_by_id = \?/g, '? IS NOT NULL'],
  [/\bdue_at <= \$\{[^}]*\}/g, '1 = 1'],
  [/\bfinished_at < \$\{[^}]*\}/g, '? IS NOT NULL'],
  [/\bjob_id IS NULL/g, '1 = 1'],
  [/\btaken_by IS NULL/g, '1 = 1'],
  [/\b(?:cron|time_zone) = \?(?= AND)/g, '? IS NOT NULL'],
  [/\bis_paused = 0(?=\s+AND)/g, '1 = 1'],
  [/\bdecided_until < \$\{[^}]*\}/g, '? IS NOT NULL'],
  [/\$\{time\('\?'\)\} <= \$\{now\(\)\}/g, '? IS NOT NULL'],
  [/(?<=AND )(?:f\.)?mark = \?/g, '? IS NOT NULL'],
  [/\b(?:f\.)?look_at IS NOT NULL/g, '1 = 1'],
  [/(?<=AND )has_place = 1/g, '1 = 1'],
];

/**
 * The store's own tests see most, in seconds; what they miss is shown to the others. Guards of one file are mostly seen
 * by the same tests: the round that caught the last one goes first.
 */
const rounds = [
  ['test/store'],
  ['test/children'],
  [
    'test/pushing',
    'test/pushing.test.ts',
    'test/progress-manager.test.ts',
    'test/versions',
    'test/secrets',
    'test/hooks',
  ],
  ['test/loop', 'test/upkeep', 'test/schedule'],
];

/** With every guard in its place a round is over by then, ms. */
const LONGEST_ROUND_MS = 30 * 60_000;

/** What is read of vitest's report. */
interface Report {
  readonly testResults: readonly {
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly guard: string;
  readonly text: string;
}

function mutantsOf(file: string, text: string): Mutant[] {
  return GUARDS.flatMap(([guard, instead]) =>
    [...text.matchAll(guard)]
      .filter(({ index }) => !isComment(text, index))
      .map(({ 0: found, index }) => ({
        ...{ file, guard: found, line: text.slice(0, index).split('\n').length },
        text: text.slice(0, index) + instead.replace('$&', () => found) + text.slice(index + found.length),
      })),
  );
}

function isComment(text: string, index: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', index) + 1, index).trim();
  return line.startsWith('*') || line.startsWith('//') || line.startsWith('/**');
}

const copy = mkdtempSync(join(tmpdir(), 'pm-mutants-'));
process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const each of [
  'bin',
  'config',
  'core',
  'examples',
  'migrations',
  'modules',
  'scripts',
  'test',
  'vitest.config.ts',
  'package.json',
  'tsconfig.json',
  'README.md',
])
  cpSync(each, join(copy, each), { recursive: true });
symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));

/** The first test that fails, by its names; `undefined`: all pass. What is not over by then, ms, is killed. */
async function failing(tests: readonly string[], withinMs: number): Promise<string | undefined> {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const reporting = ['--reporter=json', `--outputFile=${report}`];
  const child = spawn('npx', ['vitest', 'run', '--project', 'unit', '--bail', '1', ...reporting, ...tests], {
    ...{ cwd: copy, stdio: 'ignore' },
    // A group of its own, to be killed as one: a test that never ends has processes of its own.
    detached: true,
  });
  const late = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), withinMs);
  const [status] = await once(child, 'exit');
  clearTimeout(late);
  if (status === 0) return undefined;
  if (!existsSync(report)) return 'a test that does not come to its end';
  const { testResults }: Report = JSON.parse(readFileSync(report, 'utf8'));
  const broken = testResults.find(({ status }) => status === 'failed');
  const test = broken?.assertionResults.find(({ status }) => status === 'failed');
  return test?.fullName ?? broken?.message ?? 'a test without a name';
}

const bounds = new Map<readonly string[], number>();

/**
 * How long a round may take, ms: three times what it takes with every guard in its place, and a minute. Found out when
 * the round is needed for the first time. Throws when one of its tests fails with every guard in its place.
 */
async function boundOf(tests: readonly string[]): Promise<number> {
  const known = bounds.get(tests);
  if (known !== undefined) return known;
  const since = performance.now();
  const red = await failing(tests, LONGEST_ROUND_MS);
  if (red !== undefined) {
    throw new Error(`With every guard in its place a test of ${tests.join(', ')} fails: ${red}. Mend that first.`);
  }
  const bound = 3 * (performance.now() - since) + 60_000;
  bounds.set(tests, bound);
  return bound;
}

const store = join(copy, 'core/store');
const wanted = process.argv.slice(2);
const files = readdirSync(store)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .filter((file) => wanted.length === 0 || wanted.includes(file));
const mutants = files.flatMap((file) => mutantsOf(file, readFileSync(join(store, file), 'utf8')));
const missed: Mutant[] = [];
for (const [index, mutant] of mutants.entries()) {
  const path = join(store, mutant.file);
  const original = readFileSync(path, 'utf8');
  let caughtBy: string | undefined;
  for (const [place, tests] of rounds.entries()) {
    const bound = await boundOf(tests);
    writeFileSync(path, mutant.text);
    caughtBy = await failing(tests, bound);
    writeFileSync(path, original);
    if (caughtBy === undefined) continue;
    rounds.unshift(...rounds.splice(place, 1));
    break;
  }
  if (caughtBy === undefined) missed.push(mutant);
  const said = caughtBy === undefined ? 'MISSED' : 'caught';
  console.log(
    `${index + 1}/${mutants.length}  ${said}  ${mutant.file}:${mutant.line}  ${mutant.guard}${caughtBy ? `  by: ${caughtBy}` : ''}`,
  );
}
console.log(`${mutants.length} guards taken out, ${mutants.length - missed.length} caught, ${missed.length} missed`);
process.exitCode = missed.length === 0 && mutants.length > 0 ? 0 : 1;

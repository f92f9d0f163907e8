import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Takes each guard out of each statement of the store, one at a time, and runs the tests of store and loop: one of
 * them has to fail. Works on a copy. Prints a line per guard, and exits with 1 when one is missed by all tests.
 */

/** A guard, and what stands for it when it is gone: the same bindings, and always true. */
const GUARDS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:[pv]\.)?lease_version = \?/g, '? IS NOT NULL'],
  [/\blease_version = (?=\$\{value)/g, 'lease_version >= 0 * '],
  [/\bslice_seq = (?=\$\{value)/g, 'slice_seq >= 0 * '],
  [/\bv\.lease_version = p\.lease_version/g, '1 = 1'],
  [/\bslice_seq = \?/g, '? IS NOT NULL'],
  [/\bv\.slice_seq = p\.slice_seq/g, '1 = 1'],
  [/\blease_owner = \?(?= AND status)/g, '? IS NOT NULL'],
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

/** The store's own tests see most, in seconds; what they miss is shown to the others. */
const ROUNDS = [
  ['test/store'],
  ['test/children'],
  ['test/loop', 'test/upkeep', 'test/pushing', 'test/pushing.test.ts', 'test/progress-manager.test.ts'],
  [
    'test/loop',
    'test/upkeep',
    'test/pushing.test.ts',
    'test/progress-manager.test.ts',
    'test/versions',
    'test/secrets',
    'test/hooks',
  ],
];

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
        text: text.slice(0, index) + instead + text.slice(index + found.length),
      })),
  );
}

function isComment(text: string, index: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', index) + 1, index).trim();
  return line.startsWith('*') || line.startsWith('//') || line.startsWith('/**');
}

const copy = mkdtempSync(join(tmpdir(), 'pm-mutants-'));
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

const store = join(copy, 'core/store');
const files = readdirSync(store).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
const mutants = files.flatMap((file) => mutantsOf(file, readFileSync(join(store, file), 'utf8')));
const missed: Mutant[] = [];
for (const mutant of mutants) {
  const path = join(store, mutant.file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, mutant.text);
  const isCaught = ROUNDS.some((tests) => {
    const run = spawnSync('npx', ['vitest', 'run', '--project', 'unit', '--bail', '1', ...tests], {
      cwd: copy,
      stdio: 'ignore',
    });
    return run.status !== 0;
  });
  writeFileSync(path, original);
  if (!isCaught) missed.push(mutant);
  console.log(`${isCaught ? 'caught' : 'MISSED'}  ${mutant.file}:${mutant.line}  ${mutant.guard}`);
}
rmSync(copy, { recursive: true, force: true });
console.log(`${mutants.length} guards taken out, ${mutants.length - missed.length} caught, ${missed.length} missed`);
process.exitCode = missed.length === 0 && mutants.length > 0 ? 0 : 1;

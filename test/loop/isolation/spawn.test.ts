import { expect, test } from 'vitest';
import { loadingFlags } from '../../../core/loop/isolation/spawn.js';

test.each([
  [
    ['--import', 'tsx', '--max-old-space-size=512'],
    ['--import', 'tsx'],
  ],
  [['--inspect=9229', '--conditions=development'], ['--conditions=development']],
  [
    ['-r', './hook.cjs', '-e', 'start()'],
    ['-r', './hook.cjs'],
  ],
  [['--cpu-prof', '--enable-source-maps', '--test'], ['--enable-source-maps']],
  [
    ['-C', '--no-warnings', '--no-warnings'],
    ['-C', '--no-warnings', '--no-warnings'],
  ],
  [[], []],
])('of the flags %j a child process gets %j', (flags, kept) => {
  expect(loadingFlags(flags)).toEqual(kept);
});

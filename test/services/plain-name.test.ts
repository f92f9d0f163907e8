import { plainName } from 'progress-manager';
import { expect, test } from 'vitest';

test.each([
  ['mon fichier été', 'mon-fichier-ete'],
  ['Budget_2026 (v2)', 'Budget-2026-v2'],
  ['../../x', 'x'],
  ['a--b', 'a-b'],
  ['日本', ''],
  ['', ''],
  ['x'.repeat(250), 'x'.repeat(200)],
  [`${'x'.repeat(199)} y`, 'x'.repeat(199)],
])('%j has the plain name %j', (text, name) => {
  expect(plainName(text)).toBe(name);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConfigurationError, loadRegistry } from 'progress-manager';
import { expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('../fixtures/broken', import.meta.url));

/** Each folder is a root with one way of being broken; `expected.json` has, for each fault, the words it must hold. */
test.each(readdirSync(FOLDER))('%s: every fault names the file and what to mend', async (name) => {
  const root = join(FOLDER, name);
  const expected: { faults: string[][] } = JSON.parse(readFileSync(join(root, 'expected.json'), 'utf8'));
  const { faults } = await loadRegistry(root).then(
    () => expect.unreachable('no fault was found'),
    (error: ConfigurationError) => error,
  );
  expect(faults).toHaveLength(expected.faults.length);
  for (const words of expected.faults) {
    expect(faults, words.join(' … ')).toContainEqual(expect.toSatisfy((fault: string) => hasAll(fault, words)));
  }
});

function hasAll(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}

import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Writes how many tests passed and failed, as JSON, to the file that TEST_COUNT_FILE names; without it, nothing.
 * A test file that could not be run, and an error outside every test, count as one failed test each.
 */
export class CountReporter implements Reporter {
  readonly #file = process.env.TEST_COUNT_FILE;

  onTestRunEnd(modules: readonly TestModule[], errorsOutsideTests: readonly unknown[]): void {
    if (!this.#file) return;
    const passed = sum(modules, (module) => count(module, 'passed'));
    const failed = sum(modules, failuresOf) + errorsOutsideTests.length;
    writeFileSync(this.#file, JSON.stringify({ passed, failed }));
  }
}

/** A file may fail without a failed test: it does not load, or a hook throws. */
function failuresOf(module: TestModule): number {
  return Math.max(count(module, 'failed'), module.state() === 'failed' ? 1 : 0);
}

function count(module: TestModule, state: 'passed' | 'failed'): number {
  return [...module.children.allTests(state)].length;
}

function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}

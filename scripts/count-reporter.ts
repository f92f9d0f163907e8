import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** What the file that TEST_COUNT_FILE names holds, as JSON. */
export interface TestCounts {
  readonly passed: number;
  /** One per failed test, file or error outside every test: where, and the error's first line. */
  readonly failures: readonly string[];
}

/**
 * Writes how many tests passed and which failed to the file that TEST_COUNT_FILE names; without it, nothing.
 * A test file that could not be run, and an error outside every test, count as one failed test each.
 */
export class CountReporter implements Reporter {
  readonly #file = process.env.TEST_COUNT_FILE;

  onTestRunEnd(modules: readonly TestModule[], errorsOutsideTests: readonly unknown[]): void {
    if (!this.#file) return;
    const failures = [
      ...modules.flatMap(failuresOf),
      ...errorsOutsideTests.map((error) => `outside every test: ${firstLine(error)}`),
    ];
    const passed = modules.reduce((total, module) => total + [...module.children.allTests('passed')].length, 0);
    writeFileSync(this.#file, JSON.stringify({ passed, failures } satisfies TestCounts));
  }
}

/** A file may fail without a failed test: it does not load, or a hook throws. */
function failuresOf(module: TestModule): string[] {
  const where = `${module.project.name} ${module.relativeModuleId}`;
  const failed = [...module.children.allTests('failed')].map(
    (test) => `${where} > ${test.fullName}: ${firstLine(test.result().errors?.[0])}`,
  );
  return failed.length === 0 && module.state() === 'failed' ? [`${where}: ${firstLine(module.errors()[0])}`] : failed;
}

function firstLine(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown };
  return String(message ?? error).split('\n')[0] ?? '';
}

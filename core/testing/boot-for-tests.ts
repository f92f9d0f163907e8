import { TestApp, type TestBootOptions } from './test-app.js';

/**
 * A core for tests of modules: `root` is the folder that holds `modules`, or `modules` are configs by name. Throws as
 * `boot`.
 *
 *     await using test = await bootForTests({ root: process.cwd() });
 *     const { job, slices } = await test.runJob('letters', { ids: [1, 2, 3] });
 */
export function bootForTests(options: TestBootOptions): Promise<TestApp> {
  return TestApp.boot(options);
}

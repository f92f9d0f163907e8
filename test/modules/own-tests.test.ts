import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the tests that modules bring pass, each in its own process', { timeout: 120_000 }, async () => {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'test:modules'], { env }).catch((error) => {
    throw new Error(`${error.stdout}${error.stderr}`);
  });
  expect(stdout).toMatch(/^. pass [1-9]/m);
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { until } from '../support/until.js';
import { commandLineForTests } from './run-for-tests.js';

test('a signal to npm reaches the server behind it', { timeout: 60_000 }, async () => {
  await using line = await commandLineForTests();
  const npm = spawn('npm', ['run', '--silent', 'pm', '--', 'work'], { env: { ...process.env, ...line.env } });
  let said = '';
  npm.stderr.on('data', (text) => {
    said += text;
  });
  // All that hold its output have ended by then: npm, its shell and node.
  const closed = once(npm, 'close');
  await until('it works', () => said.includes('Working.'), 40_000);
  npm.kill('SIGTERM');
  expect((await closed)[0]).toBe(0);
  expect(said).toContain('Stopping: ');
});

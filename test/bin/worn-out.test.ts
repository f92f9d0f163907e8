import { expect, test } from 'vitest';
import { makeRoot } from '../support/make-root.js';
import { commandLineForTests } from './run-for-tests.js';

const FILES = {
  'package.json': '{ "version": "1.2.3" }',
  'modules/shop/configs/progress-manager.ts': `
    export default { type: {
      hang: { maxSliceMs: 100, run: () => new Promise(() => undefined) },
      count: { run: async () => 'counted' },
    } };`,
};

test.each([['work'], ['serve']])(
  '%s gives its jobs back and ends with 1 when as many slices as it has places never end',
  async (command) => {
    await using root = await makeRoot(FILES);
    const settings = { PM_INTERVAL_MS: '50', PM_GRACE_MS: '100', PM_LIMIT: '2' };
    await using line = await commandLineForTests(settings, root.path);
    await line.pm('migrate');
    for (const type of ['hang', 'hang', 'count']) await line.pm('push', type, type);
    const { exitCode, stderr } = await line.pm(command);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('As many slices as this process has places go on')]);
    const { list } = JSON.parse((await line.pm('list', '--json')).stdout);
    expect(list.filter(({ type }: { type: string }) => type === 'hang')).toMatchObject([
      { status: { key: 'error' }, error: { code: 'too_long' } },
      { status: { key: 'error' }, error: { code: 'too_long' } },
    ]);
    expect(JSON.parse((await line.pm('workers', '--json')).stdout).list).toEqual([]);
  },
);

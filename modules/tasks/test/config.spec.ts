import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

test.each([
  [undefined, 5],
  ['2', 2],
  ['many', Number.NaN],
])('MAX=%s lets %j tasks run at once', async (said, limit) => {
  vi.stubEnv('MAX', said);
  vi.resetModules();
  const { default: config } = await import('../configs/progress-manager.js');
  expect(config.type?.task?.limit).toBe(limit);
});

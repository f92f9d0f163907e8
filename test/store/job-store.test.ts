import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jobStoreContract } from './job-store-contract.js';

jobStoreContract('SQLite in memory', async () => ({
  url: 'sqlite::memory:',
  [Symbol.asyncDispose]: async () => undefined,
}));

jobStoreContract('a SQLite file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'progress-manager-store-'));
  return {
    url: `sqlite:${join(folder, 'test.sqlite')}`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
});

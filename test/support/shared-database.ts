import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDatabase } from './test-database.js';

export type MakeDatabase = () => Promise<TestDatabase>;

/** An empty SQLite database in a file, which several cores can open; `await using` removes it. */
export async function createSqliteFile(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'pm-sqlite-'));
  return {
    url: `sqlite:${join(folder, 'test.sqlite')}`,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

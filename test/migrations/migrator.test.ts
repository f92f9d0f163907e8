import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createMigrationSource } from '../../migrations/index.js';
import { describeMigrator, makeRoot } from './migrator-behaviour.js';

describe('SQLite', () => {
  describeMigrator(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'progress-manager-sqlite-'));
    return {
      url: `sqlite:${join(folder, 'test.sqlite')}`,
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  });
});

test('a migration without up and down is a fault that names the file', async () => {
  await using root = await makeRoot();
  await writeFile(join(root.path, 'modules/import/migrations/0002-empty.ts'), 'export const up = 1;');
  const source = createMigrationSource(root.path);
  const empty = (await source.getMigrations([])).find(({ name }) => name === 'import/0002-empty');
  await expect(empty?.load()).rejects.toThrow(/0002-empty\.ts must export two functions: up\(knex\) and down\(knex\)/);
});

test('declarations beside a built migration are no migrations', async () => {
  await using root = await makeRoot();
  await writeFile(join(root.path, 'modules/import/migrations/0001-place.d.ts'), 'export {};');
  const names = (await createMigrationSource(root.path).getMigrations([])).map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('import/'))).toEqual(['import/0001-place']);
});

import { describe, expect, test } from 'vitest';
import { createTestDatabase } from '../support/test-database.js';
import { CORE, describeMigrator, makeRoot, open } from './migrator-behaviour.js';

describe('the server', () => {
  describeMigrator(createTestDatabase);

  test('five migrators that meet in an empty database run each migration once', async () => {
    await using root = await makeRoot();
    await using database = await createTestDatabase();
    const processes = await Promise.all(Array.from({ length: 5 }, () => open(database, root.path)));
    try {
      const applied = await Promise.all(processes.map(({ migrator }) => migrator.latest()));
      expect(applied.flat()).toHaveLength(CORE.length + 2);
    } finally {
      await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()));
    }
  });
});

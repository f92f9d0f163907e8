import { describe, expect, test } from 'vitest';
import { createTestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { CORE, describeMigrator, makeRoot, open } from './migrator-behaviour.js';

const WAITING = "SELECT 1 FROM information_schema.PROCESSLIST WHERE state LIKE 'Waiting for table metadata lock%'";

describe('the server', () => {
  describeMigrator(createTestDatabase);

  test('a migration that waits for a transaction lets the others through, and is done when it has ended', async () => {
    await using root = await makeRoot();
    await using database = await createTestDatabase();
    await using migrating = await open(database, root.path);
    await migrating.migrator.latest();
    await migrating.knex.raw('ALTER TABLE progress_manager DROP INDEX ix_group');
    await migrating.knex('progress_manager_migrations').where({ name: '0014-groups' }).delete();
    await using reporting = await open(database, root.path);
    await using working = await open(database, root.path);
    const report = await reporting.knex.transaction();
    await report('progress_manager').count();
    const applied = migrating.migrator.latest();
    // The change stands in line now, and all others behind it.
    await until('a change that waits', async () => (await working.knex.raw(WAITING))[0].length > 0);
    const since = performance.now();
    await working.knex('progress_manager').count();
    // It waits 2 s at a time; the rest is for a busy machine.
    expect(performance.now() - since).toBeLessThan(4000);
    await report.commit();
    expect(await applied).toEqual(['0014-groups']);
  });

  test('twenty migrators that meet in an empty database run each migration once', async () => {
    await using root = await makeRoot();
    await using database = await createTestDatabase();
    const processes = await Promise.all(Array.from({ length: 20 }, () => open(database, root.path)));
    try {
      const applied = await Promise.all(processes.map(({ migrator }) => migrator.latest()));
      expect(applied.flat()).toHaveLength(CORE.length + 2);
    } finally {
      await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()));
    }
  });
});

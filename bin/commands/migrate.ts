import type { Command } from 'commander';
import { readSettings } from '../../config/settings.js';
import { jsonLogger } from '../../core/logging/json-logger.js';
import { openDatabase } from '../../core/store/open-database.js';
import { Migrator } from '../../migrations/index.js';
import type { CommandContext } from '../command-context.js';

/** `migrate`: brings the database to the tables this version needs. It boots no application: that needs the tables. */
export function addMigrate(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .description('make or change the tables in the database')
    .option('--unlock', 'first free the lock, whoever holds it; only when no other migrate runs')
    .action((options: { readonly unlock?: true }) => migrate(context, options.unlock === true));
}

async function migrate({ root, env, output }: CommandContext, unlock: boolean): Promise<void> {
  const { databaseUrl, pool, logLevel } = readSettings(env);
  const database = await openDatabase({ url: databaseUrl, pool });
  try {
    const migrator = new Migrator(database, root, jsonLogger(logLevel));
    if (unlock) await migrator.unlock();
    const applied = await migrator.latest();
    output.result({ applied }, () =>
      applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`,
    );
  } finally {
    await database.close();
  }
}

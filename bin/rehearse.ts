import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonLogger } from '../core/logging/json-logger.js';
import type { CommandContext } from './command-context.js';
import { openApp } from './open-app.js';

/**
 * Boots the application as the environment describes it, but on an empty database in memory, and lets it go: what a start
 * would refuse besides its database, this refuses too. Services of addresses are made, the loop is not started. Throws as `boot`.
 */
export async function rehearse(context: CommandContext): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'progress-manager-check-'));
  try {
    const instead = { databaseUrl: 'sqlite::memory:', filesDir: folder, logger: jsonLogger('error') };
    await (await openApp(context, { migrate: true, instead }))[Symbol.asyncDispose]();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

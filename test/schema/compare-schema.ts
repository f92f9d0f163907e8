import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { openDatabase } from '../../core/store/open-database.js';
import { Migrator } from '../../migrations/index.js';
import { dumpSchema } from '../support/dump-schema.js';

const NO_MODULES = fileURLToPath(new URL('.', import.meta.url));
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** What core's migrations make of an empty database must be what the file beside this one shows to a review. */
export async function compareSchema(url: string, file: string): Promise<void> {
  const path = new URL(file, import.meta.url);
  const dump = await migratedSchema(url);
  if (process.env.UPDATE_SCHEMA === '1') await writeFile(path, dump);
  const hint = `test/schema/${file} shows another schema than the migrations make. If that is meant, run: UPDATE_SCHEMA=1 npx vitest run test/schema`;
  expect(dump, hint).toBe(await readFile(path, 'utf8').catch(() => ''));
}

async function migratedSchema(url: string): Promise<string> {
  const database = await openDatabase({ url, pool: 2 });
  try {
    await new Migrator(database, NO_MODULES, QUIET).latest();
    return await dumpSchema(database.knex);
  } finally {
    await database.close();
  }
}

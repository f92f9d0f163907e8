import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { BootOptions, JobContext } from 'progress-manager';
import { shareScripted } from '../fixtures/scripted/share-scripted.js';

/** Where writes are tried: gives a core with an empty table `note`, which stands for the application's own. */
export function writeSetup(database: () => Partial<BootOptions>) {
  const share = shareScripted(database);
  return async (options?: Partial<BootOptions>) => {
    const scripted = await share(options);
    const { knex, filesDir, manager } = scripted;
    await knex.schema.dropTableIfExists('note');
    await knex.schema.createTable('note', (table) => {
      table.increments('id');
      table.string('text', 100).notNullable().unique();
    });
    return Object.assign(scripted, {
      notes: async (): Promise<string[]> => (await knex('note').orderBy('id').select('text')).map(({ text }) => text),
      /** Names of the parts that lie on the disk. */
      parts: async (number: number): Promise<string[]> =>
        readdir(join(filesDir, 'jobs', (await scripted.job(number)).id)),
      text: async (number: number, name: string): Promise<string> =>
        text((await manager.openFile(number, name)).stream()),
    });
  };
}

/** One write of a slice. */
export function addNote(context: JobContext, text: string): void {
  context.write(async (transaction) => void (await transaction('note').insert({ text })));
}

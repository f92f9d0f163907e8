import { expect, test, vi } from 'vitest';
import type { Database } from '../../../core/store/database.js';
import { Gates } from '../../../core/store/gates.js';
import { Pauses } from '../../../core/store/pauses.js';
import { ThrottleNotes } from '../../../core/store/throttle-notes.js';
import { Workers } from '../../../core/store/workers.js';
import { databaseFault } from '../../support/database-fault.js';
import type { StoreUnderTest } from './store-under-test.js';

/** Two that insert the same key at once may deadlock, also where the second is to be ignored. */
const INSERTS: readonly [name: string, table: string, insert: (database: Database) => Promise<void>][] = [
  ['the gate of a type', 'progress_gate', (database) => new Gates(database).ensure(['copy'])],
  ['a note of a throttle', 'progress_gate', (database) => new ThrottleNotes(database).write('copy', 5000, 'night')],
  ['a pause', 'progress_pause', (database) => new Pauses(database).add('copy', 'ann')],
  ['a sign of life', 'progress_worker', (database) => new Workers(database).sign('host:1/a', ['copy'], 3, 0)],
];

export function smallInsertsContract(at: StoreUnderTest): void {
  test.each(INSERTS)('%s is inserted again after a deadlock', async (_, table, insert) => {
    const { knex } = at.database;
    await knex(table).delete();
    const query = vi.spyOn(knex.client, 'query').mockImplementationOnce(() => databaseFault({ errno: 1213 }));
    await insert(at.database);
    expect(query).toHaveBeenCalledTimes(2);
    expect(await knex(table)).toHaveLength(1);
  });
}

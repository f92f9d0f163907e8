import type { Database } from './database.js';
import { fromStored } from './row.js';

/** The database's time, to the millisecond: by it go all times that are stored. */
export async function databaseTime(database: Database): Promise<Date> {
  const [row] = await database.rows<{ readonly now: string }>(`SELECT ${database.dialect.now()} AS now`, []);
  return new Date(fromStored(row?.now ?? ''));
}

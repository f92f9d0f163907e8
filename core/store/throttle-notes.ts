import type { Database } from './database.js';
import { databaseTime } from './database-time.js';
import { retryTransient } from './transient.js';

/** What workers have found of the conditions of types, for people to see. */
export class ThrottleNotes {
  constructor(private readonly database: Database) {}

  now(): Promise<Date> {
    return databaseTime(this.database);
  }

  /** Held back for so many milliseconds from now; 0: not any more. */
  async write(type: string, ms: number, why: string | undefined): Promise<void> {
    const { knex, dialect } = this.database;
    const row = {
      scope: type,
      throttled_until: ms > 0 ? knex.raw(dialect.nowPlus(String(Math.round(ms)))) : null,
      throttled_why: why ?? null,
    };
    const columns = ['throttled_until', 'throttled_why'];
    await retryTransient(() => this.database.from('progress_gate').insert(row).onConflict('scope').merge(columns));
  }
}

import type { Database } from './database.js';

/** Asks an embedded database about itself. Changes nothing. */
export class SqliteProbes {
  constructor(private readonly database: Database) {}

  async version(): Promise<string> {
    return this.#first('SELECT sqlite_version()');
  }

  async journalMode(): Promise<string> {
    return this.#first('PRAGMA journal_mode');
  }

  /** `ok`, or the first thing that is wrong with the file. Reads all of it, and nothing else runs meanwhile. */
  async quickCheck(): Promise<string> {
    return this.#first('PRAGMA quick_check(1)');
  }

  /** Throws when the file takes no writes, or somebody else has been writing for longer than we wait. */
  async takeWriteLock(): Promise<void> {
    await this.database.knex.transaction(async () => undefined);
  }

  async #first(sql: string): Promise<string> {
    const [row] = await this.database.rows<object>(sql, []);
    return String(Object.values(row ?? {})[0]);
  }
}

import { APPLICATION, inject, RefusedError, type TableDescription, type Tables, type User } from 'progress-manager';

export type TablePurpose = 'import' | 'export' | 'massAction';

/** The allow-list `config/tables.ts`, asked on behalf of a user. */
export class AllowedTables {
  constructor(@inject('tables') private readonly tables: Tables) {}

  /** The description of a table that this user may use so. Throws RefusedError, which names the tables that are allowed. */
  get(name: string, purpose: TablePurpose, user: User): TableDescription {
    const names = this.namesFor(purpose, user);
    const table = names.includes(name) ? this.tables[name] : undefined;
    if (table !== undefined) return table;
    const choice =
      names.length > 0
        ? `Choose one of: ${names.join(', ')}.`
        : 'No table is: the application opens them (`tables` of boot).';
    throw new RefusedError('invalid_data', `The table "${name.slice(0, 64)}" is not open to you for this. ${choice}`);
  }

  /**
   * The same when the job runs, long after its owner was let in at push: is the table still open to anybody?
   * Throws RefusedError when it no longer is.
   */
  stillOpen(name: string, purpose: TablePurpose): TableDescription {
    return this.get(name, purpose, APPLICATION);
  }

  /** The tables that this user may use so. */
  namesFor(purpose: TablePurpose, user: User): string[] {
    return Object.entries(this.tables)
      .filter(([, table]) => table[purpose] === 'users' || (table[purpose] === 'admins' && user.isAdmin))
      .map(([name]) => name);
  }
}

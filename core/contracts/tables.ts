/** Who may do something with a table: nobody, admins and the application, or everybody who is signed in. */
export type TableAccess = 'nobody' | 'admins' | 'users';

/** One column that modules may read and write. */
export interface TableColumn {
  readonly kind: 'text' | 'integer' | 'number' | 'boolean';
  /** Must have a value when a row is imported. */
  readonly required?: boolean;
  /** Characters; of texts only. */
  readonly maxLength?: number;
}

/** A table of the application that bundled modules may touch, and how. What is not listed is out of reach. */
export interface TableDescription {
  /** The integer primary key, rising: paging goes by it. */
  readonly id: string;
  readonly columns: Readonly<Record<string, TableColumn>>;
  /** Default `nobody`. */
  readonly import?: TableAccess;
  /** Default `nobody`. */
  readonly export?: TableAccess;
  /** Default `nobody`. */
  readonly massAction?: TableAccess;
}

/** The allow-list, by table name. Given to `boot({ tables })`, injected as `'tables'`. */
export type Tables = Readonly<Record<string, TableDescription>>;

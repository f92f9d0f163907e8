/** How the tables of a database stand to this version. */
export interface TablesStanding {
  /** Names of migrations that are still to be run. */
  readonly pending: readonly string[];
  /** Names of a newer version's migrations that took away what this version works with. */
  readonly outgrownBy: readonly string[];
}

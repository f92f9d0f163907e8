import type { Knex } from 'knex';
import type { TableDescription } from 'progress-manager';
import type { Condition, MassActionRequest } from './mass-action-data.js';

/** The rows of a table that meet all conditions. */
export function rowsWhere(connection: Knex, table: string, where: readonly Condition[]): Knex.QueryBuilder {
  const rows = connection(table);
  for (const { column, op, value } of where) {
    if (op === 'is null') rows.whereNull(column);
    else if (op === 'is not null') rows.whereNotNull(column);
    else if (op === 'in') rows.whereIn(column, value as readonly string[]);
    else rows.where(column, op, value as string);
  }
  return rows;
}

/**
 * Updates the rows with these ids, or removes them when there are no `values`. Those that are gone, or no longer meet
 * the conditions, stay as they are. Returns how many were changed.
 */
export async function changeRows(
  connection: Knex,
  { id }: TableDescription,
  { table, where = [], values }: MassActionRequest,
  ids: readonly number[],
): Promise<number> {
  const rows = rowsWhere(connection, table, where).whereIn(id, ids);
  return values === undefined ? rows.delete() : rows.update(values);
}

import type { TableDescription } from 'progress-manager';
import { BadRow, cellValue, type DatabaseValue } from './cell-value.js';

/** A row as it is inserted. Columns without a value are left out: their default stands. */
export type DatabaseRow = Readonly<Record<string, DatabaseValue>>;

/** The row for the cells of CSV, `columns` being the header. Throws BadRow. */
export function rowOfCells(
  { columns: described }: TableDescription,
  columns: readonly string[],
  cells: readonly string[],
): DatabaseRow {
  if (cells.length !== columns.length) throw new BadRow(`${cells.length} fields, the header has ${columns.length}`);
  return rowOf(described, columns, (_, index) => cells[index]);
}

/** The row for the value of a JSON line. Throws BadRow. */
export function rowOfObject({ columns: described }: TableDescription, value: unknown): DatabaseRow {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadRow('no JSON object');
  const object = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(object).find((name) => !Object.hasOwn(described, name));
  if (unknown !== undefined) throw new BadRow(`the table has no column "${unknown.slice(0, 64)}"`);
  return rowOf(described, Object.keys(described), (name) => (Object.hasOwn(object, name) ? object[name] : undefined));
}

function rowOf(
  described: TableDescription['columns'],
  columns: readonly string[],
  read: (name: string, index: number) => unknown,
): DatabaseRow {
  const row: Record<string, DatabaseValue> = {};
  columns.forEach((name, index) => {
    const column = described[name];
    const value = column && cellValue(name, column, read(name, index));
    if (value !== undefined) row[name] = value;
  });
  return row;
}

import { RefusedError, type TableColumn, type TableDescription } from 'progress-manager';
import type { Condition, MassActionRequest } from './mass-action-data.js';

/** Holds a request against the table: what it names must be listed, what it compares and sets must be of its kind. Throws RefusedError. */
export function checkRequest(table: TableDescription, { where, ids, values }: MassActionRequest): void {
  if ((where === undefined) === (ids === undefined))
    throw refused('Give either "where" (an empty list means all rows) or "ids".');
  if (!(ids ?? []).every((id) => Number.isSafeInteger(id) && id > 0)) throw refused('"ids" are whole numbers above 0.');
  for (const condition of where ?? []) checkCondition(table, condition);
  if (values !== undefined) checkValues(table, values);
}

function checkCondition(table: TableDescription, { column, op, value }: Condition): void {
  const described = column === table.id ? ({ kind: 'integer' } as const) : columnOf(table, column);
  if (op === 'is null' || op === 'is not null') {
    if (value !== undefined) throw refused(`"${column} ${op}" takes no value.`);
    return;
  }
  const compared = op === 'in' ? value : [value];
  if (!Array.isArray(compared)) throw refused(`"${column} in" takes a list of values.`);
  if (!compared.every((one) => isOfKind(described, one)))
    throw refused(`"${column}" is compared with a ${described.kind}.`);
}

function checkValues(table: TableDescription, values: NonNullable<MassActionRequest['values']>): void {
  const entries = Object.entries(values);
  if (entries.length === 0) throw refused('Name at least one column in "values".');
  for (const [name, value] of entries) {
    const column = columnOf(table, name);
    const isEmpty = value === null || value === '';
    if (isEmpty && column.required) throw refused(`"${name}" must have a value.`);
    if (value !== null && !isOfKind(column, value)) throw refused(`"${name}" is set to ${described(column)}.`);
  }
}

function columnOf({ columns }: TableDescription, name: string): TableColumn {
  const column = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (column !== undefined) return column;
  throw refused(`There is no column "${name.slice(0, 64)}". There are: ${Object.keys(columns).join(', ')}.`);
}

function isOfKind({ kind, maxLength = Number.POSITIVE_INFINITY }: TableColumn, value: unknown): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string' && value.isWellFormed() && [...value].length <= maxLength;
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
  }
}

function described({ kind, maxLength }: TableColumn): string {
  return maxLength === undefined ? `a ${kind}` : `a ${kind} of at most ${maxLength} characters`;
}

const refused = (sentence: string) => new RefusedError('invalid_data', sentence);

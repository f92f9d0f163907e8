import { RefusedError, type TableDescription } from 'progress-manager';
import type { FileRow } from './row-reader.js';

/** The columns that the header of a CSV file names. Throws RefusedError with a sentence when the table cannot take them. */
export function columnsOf({ value, problem }: FileRow, { columns: described }: TableDescription): readonly string[] {
  if (problem !== undefined) throw refused(`The header row cannot be read: ${problem}.`);
  const columns = (value as readonly string[]).map((name) => name.trim());
  const unknown = columns.filter((name) => !Object.hasOwn(described, name));
  if (unknown.length > 0)
    throw refused(`The table has no ${listed(unknown)}. It has ${listed(Object.keys(described))}.`);
  const twice = columns.filter((name, index) => columns.indexOf(name) !== index);
  if (twice.length > 0) throw refused(`The header names ${listed(twice)} twice.`);
  const missing = Object.keys(described).filter((name) => described[name]?.required && !columns.includes(name));
  if (missing.length > 0) throw refused(`The file lacks ${listed(missing)}, which every row needs.`);
  return columns;
}

const refused = (sentence: string) => new RefusedError('file_refused', `${sentence} Mend the first line of the file.`);

const listed = (names: readonly string[]) =>
  `column${names.length === 1 ? '' : 's'} ${names
    .map((name) => `"${name.slice(0, 64)}"`)
    .slice(0, 20)
    .join(', ')}`;

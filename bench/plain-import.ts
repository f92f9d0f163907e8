import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import type { Knex } from 'knex';

const ROWS_PER_TRANSACTION = 1000;
/** As the import module does: SQLite takes no more in one insert. */
const ROWS_PER_INSERT = 500;

type Row = Record<string, string | number>;

/** What one would write without a framework: the same parser, the same inserts, the same transactions, no job. */
export async function plainImport(knex: Knex, path: string): Promise<number> {
  let rows: Row[] = [];
  let imported = 0;
  for await (const record of createReadStream(path).pipe(parse({ columns: true }))) {
    rows.push(toRow(record));
    if (rows.length < ROWS_PER_TRANSACTION) continue;
    imported += await insert(knex, rows);
    rows = [];
  }
  return imported + (await insert(knex, rows));
}

/** Empty cells are left to the table's default, as the module leaves them. */
function toRow(record: Readonly<Record<string, string>>): Row {
  const row: Row = {};
  for (const [column, text] of Object.entries(record)) {
    if (text !== '') row[column] = column === 'lat' || column === 'lng' ? Number(text) : text;
  }
  return row;
}

async function insert(knex: Knex, rows: readonly Row[]): Promise<number> {
  const alike = new Map<string, Row[]>();
  for (const row of rows) {
    const columns = Object.keys(row).join();
    const group = alike.get(columns);
    if (group) group.push(row);
    else alike.set(columns, [row]);
  }
  await knex.transaction(async (transaction) => {
    for (const group of alike.values()) {
      for (let from = 0; from < group.length; from += ROWS_PER_INSERT) {
        await transaction('place').insert(group.slice(from, from + ROWS_PER_INSERT));
      }
    }
  });
  return rows.length;
}

import type { Knex } from 'knex';
import {
  AbstractProgressManager,
  inject,
  type JobContext,
  type JobData,
  type ProgressJob,
  type PushContext,
  type Services,
  type TableColumn,
  type User,
} from 'progress-manager';

const ROWS_PER_SLICE = 5000;
/** Decimal digits that survive the way through a double. */
const DIGITS_OF_A_DOUBLE = 15;

type CsvCell = Parameters<Services['csvText']['row']>[0][number];

/**
 * Exports the listed columns of an allowed table as CSV, 5,000 rows a slice. The offset is the id of the last row
 * written: a page begins behind it, so that no row is read twice or skipped, whatever is deleted meanwhile.
 */
export class ExportProgressManager extends AbstractProgressManager<'export'> {
  constructor(
    @inject('knex') private readonly knex: Knex,
    @inject('allowedTables') private readonly allowedTables: Services['allowedTables'],
    @inject('csvText') private readonly csvText: Services['csvText'],
  ) {
    super();
  }

  formChoices(user: User): { table: readonly string[] } {
    return { table: this.allowedTables.namesFor('export', user) };
  }

  /** Freezes what there is to export. Throws RefusedError when the user may not export the table. */
  async prepareData({ table }: JobData<'export'>, { user }: PushContext): Promise<JobData<'export'>> {
    const { id } = this.allowedTables.get(table, 'export', user);
    const [found] = await this.knex(table).where(id, '>', 0).max({ maxId: id }).count({ total: '*' });
    return { table, maxId: Number(found?.maxId ?? 0), total: Number(found?.total ?? 0) };
  }

  async executeProgressJob({ data, offset, counts }: ProgressJob<'export'>, context: JobContext): Promise<boolean> {
    const { table, maxId = 0, total = 0 } = data;
    const { id, columns } = this.allowedTables.stillOpen(table, 'export');
    const names = Object.keys(columns);
    const rows = await this.knex(table)
      .select([...new Set([id, ...names])])
      .where(id, '>', offset)
      .where(id, '<=', maxId)
      .orderBy(id)
      .limit(ROWS_PER_SLICE);

    const lines = rows.map((row) => this.csvText.row(names.map((name) => cellOf(columns[name], row[name]))));
    if (offset === 0) lines.unshift(this.csvText.row(names));
    if (lines.length > 0) await context.files.append(`${table}.csv`, lines.join(''));

    const lastId = Number(rows.at(-1)?.[id] ?? maxId);
    const processed = counts.processed + rows.length;
    const isDone = rows.length < ROWS_PER_SLICE || lastId === maxId;
    this.setOffset(lastId);
    this.setCounts({ processed, total: isDone ? processed : Math.max(total, processed) });
    this.setProgress(isDone ? 100 : (processed / Math.max(total, processed)) * 100);
    this.setStatus(isDone ? 'success' : 'in_progress');
    if (isDone) this.setResult({ exported: processed });
    return true;
  }
}

function cellOf(column: TableColumn | undefined, value: unknown): CsvCell {
  if (value === null || value === undefined) return null;
  switch (column?.kind) {
    case 'integer':
    case 'number':
      return numberOf(value);
    case 'boolean':
      return Boolean(Number(value));
    default:
      return String(value);
  }
}

/** Drivers give decimals and large integers as texts. SQLite keeps any text in any column: that stays one. */
function numberOf(value: unknown): CsvCell {
  const text = String(value);
  if (/^-?\d+(\.\d+)?$/.test(text) && text.replace(/\D/g, '').length > DIGITS_OF_A_DOUBLE) return { digits: text };
  const number = Number(text);
  return Number.isNaN(number) || text.trim() === '' ? text : number;
}

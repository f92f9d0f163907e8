import {
  AbstractProgressManager,
  inject,
  type JobContext,
  type JobData,
  type ProgressJob,
  type PushContext,
  type Services,
  type TableDescription,
  type User,
} from 'progress-manager';
import { rowOfCells, rowOfObject } from './check-row.js';
import { columnsOf } from './header.js';
import { formatOf, onlyInput } from './input-file.js';
import { insertRows } from './insert-rows.js';
import { parseCsvRows, parseJsonRows } from './parse-rows.js';
import { REJECTED_FILE, rejectedText } from './rejected-file.js';
import { type FileRow, RowReader } from './row-reader.js';
import { sortRows } from './sort-rows.js';

const ROWS_PER_SLICE = 1000;
/** Of the first slice; the next ones know better. */
const GUESSED_BYTES_PER_ROW = 60;

/**
 * Imports the rows of an uploaded file, CSV or JSON lines, into an allowed table, 1,000 a slice. The offset is the byte
 * at which the next slice begins. A row that cannot be imported is counted and listed in a file, and stops nothing.
 */
export class ImportProgressManager extends AbstractProgressManager<'import'> {
  constructor(
    @inject('allowedTables') private readonly allowedTables: Services['allowedTables'],
    @inject('rowWriter') private readonly rowWriter: Services['rowWriter'],
    @inject('csvText') private readonly csvText: Services['csvText'],
  ) {
    super();
  }

  formChoices(user: User): { table: readonly string[] } {
    return { table: this.allowedTables.namesFor('import', user) };
  }

  /** Throws RefusedError when the user may not import into the table, or names no file or several. */
  prepareData(data: JobData<'import'>, { user, inputs }: PushContext): JobData<'import'> {
    this.allowedTables.get(data.table, 'import', user);
    onlyInput(inputs);
    return data;
  }

  async executeProgressJob(job: ProgressJob<'import'>, context: JobContext): Promise<boolean> {
    const table = this.allowedTables.stillOpen(job.data.table, 'import');
    const input = onlyInput(context.files.inputs);
    const isCsv = (job.data.format ?? formatOf(input)) === 'csv';
    const parse = isCsv ? parseCsvRows : parseJsonRows;
    const reader = new RowReader(context, input, parse, job.offset, job.data.line ?? 1);
    if (job.offset === 0) await reader.skipByteOrderMark();
    const columns = job.data.columns ?? (isCsv ? await readHeader(reader, table) : []);

    const { processed } = job.counts;
    const rows = await reader.read(ROWS_PER_SLICE, processed > 0 ? job.offset / processed : GUESSED_BYTES_PER_ROW);
    const { good, bad } = sortRows(rows, (value) =>
      isCsv ? rowOfCells(table, columns, value as readonly string[]) : rowOfObject(table, value),
    );
    this.#goOn(job, reader, columns, input.size);
    context.write(async (transaction) => {
      const refused = await insertRows(this.rowWriter, transaction, job.data.table, good);
      const rejected = [...bad, ...refused];
      if (rejected.length > 0) {
        await context.files.append(REJECTED_FILE, rejectedText(this.csvText, rejected, job.counts.failed === 0));
      }
      this.#count(processed + rows.length, job.counts.failed + rejected.length, reader.isAtEnd);
    });
    return true;
  }

  #goOn(
    { data }: ProgressJob<'import'>,
    { byte, line, isAtEnd }: RowReader,
    columns: readonly string[],
    size: number,
  ): void {
    this.setData({ ...data, columns, line });
    this.setOffset(byte);
    this.setProgress(isAtEnd ? 100 : (byte / size) * 100);
    this.setStatus(isAtEnd ? 'success' : 'in_progress');
  }

  #count(processed: number, failed: number, isAtEnd: boolean): void {
    this.setCounts({ processed, failed, total: isAtEnd ? processed : undefined });
    this.setMessage(isAtEnd ? undefined : `Reading row ${processed.toLocaleString('en')}`);
    if (isAtEnd) this.setResult({ imported: processed - failed, rejected: failed });
  }
}

/** The columns of a CSV file; none when it is empty. */
async function readHeader(reader: RowReader, table: TableDescription): Promise<readonly string[]> {
  let header: FileRow | undefined;
  // One read gives up after 4 MiB of blank lines.
  while (header === undefined && !reader.isAtEnd) [header] = await reader.read(1, 0);
  return header === undefined ? [] : columnsOf(header, table);
}

import type { Knex } from 'knex';
import {
  AbstractProgressManager,
  inject,
  type JobContext,
  type JobFiles,
  type ProgressJob,
  type PushContext,
  type Services,
  type TableDescription,
} from 'progress-manager';
import { checkRequest } from './check-request.js';
import { idFile, readIds } from './id-file.js';
import type { MassActionData } from './mass-action-data.js';
import { changeRows, rowsWhere } from './rows.js';

type MassActionJob = ProgressJob<'massUpdate' | 'massRemove'>;

/** The rows of one slice, and how far the job is after it. */
interface Step {
  readonly ids: readonly number[];
  readonly next: number;
  readonly total: number;
  readonly lastId?: number;
}

const ROWS_PER_SLICE = 200;
/** More ids than these are kept in a file: data is written with the row. */
const MAX_IDS_IN_DATA = 1000;

/** Updates or removes rows of an allowed table, 200 a slice: those with certain ids, or those that met conditions at push. */
export class MassActionProgressManager extends AbstractProgressManager<'massUpdate' | 'massRemove'> {
  constructor(
    @inject('knex') private readonly knex: Knex,
    @inject('allowedTables') private readonly allowedTables: Services['allowedTables'],
    @inject('rowWriter') private readonly rowWriter: Services['rowWriter'],
  ) {
    super();
  }

  /** Freezes which rows are meant. Throws RefusedError for what the user may not do, or the table does not have. */
  async prepareData(data: MassActionData, context: PushContext): Promise<MassActionData> {
    const table = this.allowedTables.get(data.table, 'massAction', context.user);
    checkRequest(table, data);
    return data.ids === undefined ? this.#freezeConditions(data, table) : this.#freezeIds(data, data.ids, context);
  }

  async executeProgressJob(job: MassActionJob, context: JobContext): Promise<boolean> {
    const { data, offset, counts } = job;
    const table = this.allowedTables.stillOpen(data.table, 'massAction');
    const { values, total = 0 } = data;
    const isRemove = job.type === 'massRemove';
    if (isRemove !== (values === undefined)) throw new Error(`The data is not that of a ${job.type}.`);
    if (total === 0) {
      this.advance(0, 0);
      return true;
    }

    const { ids, next, ...step } = await this.#step(job, table, total, context);
    this.setData({ ...data, lastId: step.lastId });
    this.advance(next, step.total);
    context.write(async (transaction) => {
      let changed = 0;
      const refused = await this.rowWriter.write(ids, async (part) => {
        changed += await changeRows(transaction, table, data, part);
      });
      const skipped = next - offset - changed - refused.length;
      this.setCounts({ failed: counts.failed + refused.length, skipped: counts.skipped + skipped });
      const [first] = refused;
      if (first) this.setMessage(`The database refused row ${first.item}: ${first.reason}`);
    });
    return true;
  }

  async #freezeConditions(data: MassActionData, { id }: TableDescription): Promise<MassActionData> {
    const rows = rowsWhere(this.knex, data.table, data.where ?? []).where(id, '>', 0);
    const found: Record<string, unknown> | undefined = await rows.max({ maxId: id }).count({ total: '*' }).first();
    return { ...data, maxId: Number(found?.maxId ?? 0), total: Number(found?.total ?? 0) };
  }

  async #freezeIds(data: MassActionData, given: readonly number[], context: PushContext): Promise<MassActionData> {
    const ids = [...new Set(given)].sort((one, other) => one - other);
    if (ids.length <= MAX_IDS_IN_DATA) return { ...data, ids, total: ids.length };
    const { name, content } = idFile(ids);
    const { id } = await context.addFile(name, content);
    return { ...data, ids: undefined, idFile: id, total: ids.length };
  }

  #step(job: MassActionJob, table: TableDescription, total: number, { files }: JobContext): Promise<Step> {
    return job.data.where === undefined ? listedStep(job, total, files) : this.#conditionsStep(job, table, total);
  }

  /** The next rows that meet the conditions. Those that no longer do, or are gone, are skipped at the end. */
  async #conditionsStep({ data, offset }: MassActionJob, { id }: TableDescription, total: number): Promise<Step> {
    const { table, where = [], lastId = 0, maxId = 0 } = data;
    const ids: readonly number[] = await rowsWhere(this.knex, table, where)
      .where(id, '>', lastId)
      .where(id, '<=', maxId)
      .orderBy(id)
      .limit(ROWS_PER_SLICE)
      .pluck(id);
    const last = Number(ids.at(-1) ?? maxId);
    const processed = offset + ids.length;
    const isDone = ids.length < ROWS_PER_SLICE || last === maxId;
    const next = isDone ? Math.max(processed, total) : processed;
    // Rows that came to meet them since the push make the job longer.
    return { ids, next, total: isDone ? next : Math.max(processed + 1, total), lastId: last };
  }
}

async function listedStep({ data, offset }: MassActionJob, total: number, files: JobFiles): Promise<Step> {
  const count = Math.min(ROWS_PER_SLICE, total - offset);
  const ids = data.ids?.slice(offset, offset + count) ?? (await readIds(files, data.idFile ?? '', offset, count));
  return { ids, next: offset + count, total };
}

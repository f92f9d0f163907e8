import type { Knex } from 'knex';
import { APPLICATION, type As, inject, type Services, type TableDescription } from 'progress-manager';
import { checkRequest } from './check-request.js';
import type { MassActionData, MassActionRequest } from './mass-action-data.js';
import { changeRows, rowsWhere } from './rows.js';

/** So many rows are changed at once; more of them make a job. */
const MAX_ROWS_AT_ONCE = 200;

export interface MassActionStart extends MassActionRequest {
  readonly action: 'update' | 'remove';
}

/** How many rows were changed, or, with a job, will be. */
export interface MassActionStarted {
  readonly count: number;
  readonly job?: { readonly id: string; readonly number: number };
}

/** Changes or removes many rows: a few at once, in one transaction, many by a job. */
export class MassAction {
  constructor(
    @inject('knex') private readonly knex: Knex,
    @inject('allowedTables') private readonly allowedTables: Services['allowedTables'],
    @inject('progressManager') private readonly progressManager: Services['progressManager'],
  ) {}

  /** Throws RefusedError for what the user may not do, or the table does not have. */
  async start({ action, values, ...selection }: MassActionStart, as: As = {}): Promise<MassActionStarted> {
    const request = action === 'update' ? { ...selection, values: values ?? {} } : selection;
    const table = this.allowedTables.get(request.table, 'massAction', as.user ?? APPLICATION);
    checkRequest(table, request);
    const ids = await this.#firstIds(request, table);
    if (ids.length > MAX_ROWS_AT_ONCE) return this.#push(action, request, as);
    return { count: await this.knex.transaction((transaction) => changeRows(transaction, table, request, ids)) };
  }

  /** Enough of them to know whether they are few. */
  async #firstIds({ table, where = [], ids }: MassActionRequest, { id }: TableDescription): Promise<readonly number[]> {
    if (ids !== undefined) return [...new Set(ids)];
    return rowsWhere(this.knex, table, where)
      .orderBy(id)
      .limit(MAX_ROWS_AT_ONCE + 1)
      .pluck(id);
  }

  async #push(action: MassActionStart['action'], request: MassActionRequest, as: As): Promise<MassActionStarted> {
    const type = action === 'update' ? 'massUpdate' : 'massRemove';
    const { id, number } = await this.progressManager.push(`${request.table}. Mass ${action}`, type, request, {}, as);
    const job = await this.progressManager.get(id, as);
    // Counted once, at push: the number in the answer is the one that the job works through.
    const { total = 0 } = (job?.data ?? {}) as MassActionData;
    return { count: total, job: { id, number } };
  }
}

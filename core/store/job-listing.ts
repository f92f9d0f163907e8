import type { Knex } from 'knex';
import { InvalidInputError } from '../contracts/errors.js';
import type { JobFilter, JobPage, JobRef, JobVersion } from '../contracts/job-store.js';
import { isTerminal, STATUSES, type Status } from '../contracts/status.js';
import type { User } from '../contracts/user.js';
import { isAscii } from './ascii.js';
import type { Database } from './database.js';
import { JOB_COLUMNS, type JobRow, shownEta, toJob } from './row.js';

/** Totals and counts stop here: nobody reads further, and a full count of a long history costs seconds. */
const COUNTED_UP_TO = 1000;
const LIMIT = { default: 15, most: 200 };

const VERSION_COLUMNS = ['number', 'revision', 'status'] as const;

interface Cursor {
  readonly finished: 0 | 1;
  readonly number: number;
}

/** A filter whose groups were looked up. */
type Narrowed = JobFilter & { readonly newest?: readonly number[] };

/** Lists and counts jobs for one viewer: visibility is a part of each statement's WHERE. */
export class JobListing {
  constructor(private readonly database: Database) {}

  /** Throws InvalidInputError for a limit or a cursor that cannot be. */
  find(filter: JobFilter, viewer: User): Promise<JobPage> {
    return this.#page(filter, viewer, JOB_COLUMNS, toJob);
  }

  /** Throws as `find`. */
  findVersions(filter: JobFilter, viewer: User): Promise<JobPage<JobVersion>> {
    return this.#page(filter, viewer, VERSION_COLUMNS, ({ number, revision }) => ({
      number: Number(number),
      revision: Number(revision),
    }));
  }

  async #page<J>(
    asked: JobFilter,
    viewer: User,
    columns: readonly (keyof JobRow)[],
    read: (row: JobRow) => J,
  ): Promise<JobPage<J>> {
    const limit = pageLimit(asked.limit);
    const filter = await this.#narrowed(asked, viewer);
    const rows = await this.#rows(filter, viewer, columns, limit + 1);
    const isAll = rows.length <= limit && filter.cursor === undefined;
    const total = isAll ? rows.length : await this.#count(filter, viewer, COUNTED_UP_TO + 1);
    return {
      list: rows.slice(0, limit).map(read),
      total: Math.min(total, COUNTED_UP_TO),
      totalIsCapped: total > COUNTED_UP_TO,
      nextCursor: rows.length > limit ? toCursor(rows[limit - 1] as JobRow) : undefined,
    };
  }

  async count(asked: JobFilter, viewer: User, most: number): Promise<number> {
    return this.#count(await this.#narrowed(asked, viewer), viewer, most);
  }

  async counts(viewer: User): Promise<Readonly<Record<Status, number>>> {
    const count = async (status: Status) =>
      [status, await this.#count({ status: [status] }, viewer, COUNTED_UP_TO)] as const;
    return Object.fromEntries(await Promise.all(STATUSES.map(count))) as Record<Status, number>;
  }

  /** Unfinished jobs, then finished ones, each from the newest: two walks down one index instead of a sort. */
  async #rows(filter: Narrowed, viewer: User, columns: readonly (keyof JobRow)[], limit: number): Promise<JobRow[]> {
    const cursor = fromCursor(filter.cursor);
    const rows: JobRow[] = [];
    for (const finished of halvesOf(filter.status)) {
      if (rows.length >= limit || (cursor && finished < cursor.finished)) continue;
      const query = this.#visible(filter, viewer)
        .where('is_finished', finished)
        .orderBy('number', 'desc')
        .limit(limit - rows.length);
      if (cursor?.finished === finished) query.where('number', '<', cursor.number);
      rows.push(...(await query.select<JobRow[]>(...columns.map((name) => this.#shown(name)))));
    }
    return rows;
  }

  async #narrowed(asked: JobFilter, viewer: User): Promise<Narrowed> {
    return asked.newestOfGroup ? { ...asked, newest: await this.#newest(asked, viewer) } : asked;
  }

  /** The planner would rather walk all jobs in the order of their numbers. */
  async #newest({ status: _status, q: _q, ...filter }: JobFilter, viewer: User): Promise<number[]> {
    const { knex, dialect } = this.database;
    const rows: readonly { readonly number: number | string }[] = await this.#visible(filter, viewer)
      .from(knex.raw(`progress_manager ${dialect.byIndex('ix_group')}`))
      .whereIn('job_group', filter.newestOfGroup ?? [])
      .groupBy('job_group')
      .max({ number: 'number' });
    return rows.map(({ number }) => Number(number));
  }

  #shown(column: keyof JobRow): string | Knex.Raw {
    const { knex, dialect } = this.database;
    return column === 'eta_at' ? knex.raw(shownEta(dialect.now())) : column;
  }

  #visible(filter: Narrowed, viewer: User): Knex.QueryBuilder {
    const query = this.database.from('progress_manager').where('deleted', 0);
    const { parent } = filter;
    const isNamed = [parent, filter.numbers, filter.newestOfGroup].some((named) => named !== undefined);
    const flag = (said: boolean | undefined) => (said === undefined && isNamed ? [0, 1] : [said ? 1 : 0]);
    query.whereIn('is_hidden', flag(filter.isHidden)).whereIn('is_closed', flag(filter.isClosed));
    if (parent !== undefined) query.whereIn('number', this.#childrenOf(parent));
    if (!viewer.isAdmin) query.where('created_by_id', viewer.id);
    if (filter.userId !== undefined) query.where('created_by_id', filter.userId);
    if (filter.status) query.whereIn('status', filter.status);
    if (filter.type) query.whereIn('type', filter.type.filter(isAscii));
    if (filter.key !== undefined) withKey(query, filter.key);
    if (filter.schedule !== undefined) query.whereIn('schedule_key', [filter.schedule].filter(isAscii));
    for (const numbers of [filter.numbers, filter.newest]) if (numbers) query.whereIn('number', numbers);
    if (filter.q) searchFor(query, filter.q);
    return query;
  }

  #childrenOf(parent: JobRef): Knex.QueryBuilder {
    const children = this.database.from('progress_child').select('child');
    if (typeof parent === 'number') return children.where({ parent });
    return children.whereIn('parent', this.database.from('progress_manager').where({ id: parent }).select('number'));
  }

  async #count(filter: Narrowed, viewer: User, most: number): Promise<number> {
    const query = this.#visible(filter, viewer);
    const [half, other] = halvesOf(filter.status);
    // An index knows the half: of the other one no row is read.
    if (half !== undefined && other === undefined) query.where('is_finished', half);
    const some = query.select(this.database.knex.raw('1 AS one')).limit(most).as('some_rows');
    const [row] = await this.database.from(some).count<{ total: number }[]>('* as total');
    return row?.total ?? 0;
  }
}

/** MySQL takes "a" for "a " where it compares: the length tells them apart. */
function withKey(query: Knex.QueryBuilder, key: string): void {
  query.where('job_key', key).whereRaw('OCTET_LENGTH(job_key) = ?', [Buffer.byteLength(key)]);
}

/** Unfinished jobs (0), finished ones (1): where some of these statuses are. */
function halvesOf(statuses: readonly Status[] = STATUSES): readonly (0 | 1)[] {
  return ([0, 1] as const).filter((half) => statuses.some((status) => isTerminal(status) === (half === 1)));
}

/** `%` and `_` are plain letters; `!` escapes, because a backslash means different things to the two databases. */
function searchFor(query: Knex.QueryBuilder, text: string): void {
  const part = `%${text.replace(/[!%_]/g, '!$&')}%`;
  query.where((either) => {
    either.whereRaw("name LIKE ? ESCAPE '!'", [part]);
    if (isAscii(text)) either.orWhere('id', text.toLowerCase());
    if (/^\d{1,15}$/.test(text)) either.orWhere('number', Number(text));
  });
}

/** Throws InvalidInputError. */
export function pageLimit(limit = LIMIT.default): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT.most) {
    throw new InvalidInputError('limit', `must be a whole number from 1 to ${LIMIT.most}.`);
  }
  return limit;
}

function toCursor({ status, number }: JobRow): string {
  return `${isTerminal(status as Status) ? 1 : 0}-${number}`;
}

function fromCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined;
  const [, finished, number] = /^([01])-(\d{1,15})$/.exec(text) ?? [];
  if (finished === undefined) throw new InvalidInputError('cursor', 'must be the nextCursor of an earlier page.');
  return { finished: finished === '1' ? 1 : 0, number: Number(number) };
}

import { randomBytes } from 'node:crypto';
import {
  JOB_LOG_LEVELS,
  type JobLogStore,
  type LeasedLines,
  type LineKind,
  type LogLine,
  type LogPage,
  type LogQuery,
  MOST_PLACES,
  type NewLine,
  type UserMessage,
} from '../contracts/job-log.js';
import type { Lease } from '../contracts/job-store.js';
import type { WriteTransaction } from '../contracts/progress-job.js';
import { throughOutages } from './certain.js';
import type { Binding, Database } from './database.js';
import { inChunks } from './in-chunks.js';
import { fromJson, fromStored } from './row.js';

/** Bytes of each kind that a job may have; what is over is dropped down to three quarters. */
const MOST_BYTES: Readonly<Record<LineKind, number>> = { log: 1024 * 1024, message: 256 * 1024 };
const KEPT = 0.75;
const DROPPED: Readonly<Record<LineKind, string>> = {
  log: 'Older lines were dropped: a job keeps 1 MiB of its log.',
  message: 'Older messages were dropped: a job keeps 256 KiB of them.',
};
const KINDS: Readonly<Record<LineKind, number>> = { log: 0, message: 1 };
/** Somebody waits for messages: a database that is away longer than this is told as such, ms. */
const READ_MS = 2000;
const MOST_AT_ONCE = 200;

interface LineRow {
  readonly seq: number | string;
  readonly at: string;
  readonly level: number;
  readonly message: string;
  readonly details: string | null;
  readonly attempt: number;
  readonly slice: number | string;
}

type SentLine = NewLine & Lease;

/** The table `progress_job_log`: each kind of line has a range of the primary key of its own. */
export class KnexJobLogStore implements JobLogStore {
  constructor(
    private readonly database: Database,
    /** How long the last lines of a job wait for a database that is away, ms. */
    private readonly patienceMs = 30_000,
  ) {}

  async append(
    leased: readonly LeasedLines[],
    { inside, isPatient = false }: { readonly inside?: WriteTransaction; readonly isPatient?: boolean } = {},
  ): Promise<void> {
    const lines = leased.flatMap(({ number, leaseVersion, lines }) =>
      lines.map((line): SentLine => ({ number, leaseVersion, ...line })),
    );
    for (const chunk of inChunks(lines, ({ bytes }) => bytes)) {
      const send = (): Promise<number> => this.#append(chunk, inside);
      if (isPatient) await throughOutages(send, this.patienceMs);
      else await send();
    }
  }

  /** Of two beats only one may drop lines, and one that broke off in between is gone on with by the next. */
  async trim(number: number, kind: LineKind): Promise<void> {
    const [found] = await this.database.rows<{ cut: number | string | null; total: number | string | null }>(
      `SELECT MAX(CASE WHEN kept > ? THEN seq END) AS cut, MAX(kept) AS total
         FROM (SELECT seq, SUM(bytes) OVER (ORDER BY seq DESC) AS kept FROM progress_job_log WHERE job = ? AND kind = ?) AS v`,
      [MOST_BYTES[kind] * KEPT, number, KINDS[kind]],
    );
    const cut = Number(found?.cut ?? 0);
    if (cut === 0 || Number(found?.total) <= MOST_BYTES[kind]) return;
    const at: Binding[] = [number, KINDS[kind], cut];
    await this.database.changeAgain(
      `UPDATE progress_job_log SET level = 2, message = ?, details = NULL, bytes = ?
        WHERE job = ? AND kind = ? AND seq = ?`,
      [DROPPED[kind], DROPPED[kind].length, ...at],
    );
    await this.database.changeAgain('DELETE FROM progress_job_log WHERE job = ? AND kind = ? AND seq < ?', at);
  }

  async read(number: number, { after = 0, limit = MOST_AT_ONCE, attempt, level = 'info' }: LogQuery): Promise<LogPage> {
    const rows = await this.database.rows<LineRow>(
      `SELECT seq, at, level, message, details, attempt, slice FROM progress_job_log
        WHERE job = ? AND kind = ? AND seq > ? AND level >= ? ${attempt === undefined ? '' : 'AND attempt = ?'}
        ORDER BY seq LIMIT ?`,
      [number, KINDS.log, after, numberOf(level), ...(attempt === undefined ? [] : [attempt]), limit],
    );
    return { list: rows.map(toLine), next: Number(rows.at(-1)?.seq ?? after) };
  }

  async messages(number: number): Promise<readonly UserMessage[]> {
    return this.#messages(number, 'taken_by IS NULL', []);
  }

  /** Marks them, and reads what carries the mark: also after an answer that was lost nobody else has them. */
  async takeMessages(number: number): Promise<readonly UserMessage[]> {
    const mark = randomBytes(16);
    const sql = 'UPDATE progress_job_log SET taken_by = ? WHERE job = ? AND kind = ? AND taken_by IS NULL';
    await throughOutages(() => this.database.changeAgain(sql, [mark, number, KINDS.message]), READ_MS);
    let taken: readonly UserMessage[] = [];
    const read = async (): Promise<number> => {
      taken = await this.#messages(number, 'taken_by = ?', [mark]);
      return taken.length;
    };
    await throughOutages(read, READ_MS);
    return taken;
  }

  async #messages(number: number, which: string, bindings: readonly Binding[]): Promise<readonly UserMessage[]> {
    const rows = await this.database.rows<Pick<LineRow, 'seq' | 'at' | 'message'>>(
      `SELECT seq, at, message FROM progress_job_log WHERE job = ? AND kind = ? AND ${which} ORDER BY seq`,
      [number, KINDS.message, ...bindings],
    );
    return rows.map(({ seq, at, message }) => ({ seq: Number(seq), at: fromStored(at), text: message }));
  }

  /** Every line under the token of its lease, or the one that a cancel has made of it. */
  #append(lines: readonly SentLine[], inside: WriteTransaction | undefined): Promise<number> {
    const { nowPlus, upsert } = this.database.dialect;
    const row = COLUMNS.map((name) => `? AS ${name}`).join(', ');
    const sql = `INSERT INTO progress_job_log (job, kind, seq, at, level, message, details, attempt, slice, bytes)
      SELECT v.job, v.kind, v.seq, ${nowPlus('-v.age_ms')}, v.level, v.message, v.details, v.attempt, v.slice, v.bytes
        FROM (${lines.map(() => `SELECT ${row}`).join(' UNION ALL ')}) AS v JOIN progress_manager AS p ON p.number = v.job
       WHERE (v.lease_version = p.lease_version OR (p.status = 'cancelled' AND p.lease_version = v.lease_version + 1))
         ${lines.some(({ isOnce }) => isOnce) ? UNLESS_SAID : ''}
       ${upsert(['job', 'kind', 'seq'], ['bytes'])}`;
    const bindings = lines.flatMap(bindingsOf);
    if (inside) return this.database.change(sql, bindings, inside);
    return this.database.changeAgain(sql, bindings);
  }
}

const COLUMNS = [
  ...['job', 'lease_version', 'kind', 'seq', 'age_ms', 'level', 'message', 'details', 'attempt', 'slice', 'bytes'],
  'is_once',
];

const UNLESS_SAID = `AND (v.is_once = 0 OR NOT EXISTS (
  SELECT 1 FROM progress_job_log AS l
   WHERE l.job = v.job AND l.kind = v.kind AND l.slice = v.slice AND l.message = v.message AND l.details = v.details))`;

function bindingsOf(line: SentLine): Binding[] {
  const { number, leaseVersion, kind, place, ageMs, level, message, details, attempt, slice, bytes, isOnce } = line;
  return [
    ...[number, leaseVersion, KINDS[kind], leaseVersion * MOST_PLACES + place, Math.round(ageMs), numberOf(level)],
    ...[message, details ?? null, attempt, slice, bytes, isOnce ? 1 : 0],
  ];
}

function toLine({ seq, at, level, message, details, attempt, slice }: LineRow): LogLine {
  return {
    ...{ seq: Number(seq), at: fromStored(at), level: JOB_LOG_LEVELS[level - 1] ?? 'info', message },
    ...{ details: fromJson(details), attempt, slice: Number(slice) },
  };
}

/** 1 is the least. */
const numberOf = (level: LogLine['level']) => JOB_LOG_LEVELS.indexOf(level) + 1;

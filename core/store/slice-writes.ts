import type { Knex } from 'knex';
import type { ClaimedJob, Leave, Recorded, SliceRecord } from '../contracts/job-store.js';
import type { WriteTransaction } from '../contracts/progress-job.js';
import type { Status } from '../contracts/status.js';
import { untilCertain } from './certain.js';
import type { Database } from './database.js';
import { asPushed } from './head-start.js';
import { placeholders } from './placeholders.js';
import { SliceBatch } from './slice-batch.js';
import { bytesOf, type Expected, leftOf, recordOf, type SliceWrite } from './slice-record.js';
import { isOutage, isTransient, retryTransient } from './transient.js';
import { type Doing, TurnBatch } from './turn-batch.js';
import { WriteIds } from './write-ids.js';
import { WriteTransactions } from './write-transactions.js';

/** What a slice writes in its transaction, and then the slice itself. */
type SliceWork = (transaction: WriteTransaction) => Promise<{ readonly slice: SliceRecord; readonly leave: Leave }>;

/** Rolls the transaction back. One for all: to make one for each slice would cost each what its stack costs. */
const LOST = new Error('The lease was lost: the transaction is rolled back.');

/** How a recorded slice stands in the row. */
type Standing = Exclude<Recorded, 'lost'>;

/** Records slices: each statement carries the token, the slice and the status it expects. */
export class SliceWrites {
  readonly #batch: TurnBatch<SliceWrite, Recorded>;
  readonly #ids = new WriteIds();
  readonly #transaction: <T>(work: (transaction: Knex.Transaction) => Promise<T>) => Promise<T>;

  constructor(
    private readonly database: Database,
    /** How long a finished slice waits for a database that is away, ms. */
    private readonly patienceMs: number,
  ) {
    const together = new SliceBatch(database);
    const doing: Doing<SliceWrite, Recorded> = {
      kindOf: (write) => leftOf(write, 'in_progress'),
      together: (writes) => {
        // Those that come from now on go with another statement.
        this.#ids.renew();
        return together.record(writes);
      },
      alone: (write, failure) => this.#alone(write, isOutage(failure)),
      bytesOf: ({ slice }) => bytesOf(slice),
    };
    const own = database.dialect.name === 'mysql' ? new WriteTransactions(database.knex) : undefined;
    this.#transaction = (work) => (own ? own.run(work) : database.knex.transaction(work));
    // Slices that one claim began end together; a lone one need not wait for the turn to end.
    this.#batch = new TurnBatch(doing, { soon: process.nextTick });
  }

  record(lease: ClaimedJob, slice: SliceRecord, leave: Leave): Promise<Recorded> {
    if (startsOthers(lease, slice)) return this.recordWith(lease, async () => ({ slice, leave }));
    return this.#batch.ask({ lease, slice, leave, writeId: this.#ids.sharedFor(lease.number) });
  }

  recordWith(lease: ClaimedJob, work: SliceWork): Promise<Recorded> {
    const writeId = this.#ids.next();
    return this.#untilCertain(lease, writeId, (isRepeat) =>
      retryTransient(() => this.#transact(lease, work, writeId, isRepeat)),
    );
  }

  /** `wasTried`: a batch may have recorded it, and its answer was lost. */
  #alone(write: SliceWrite, wasTried: boolean): Promise<Recorded> {
    const record = () => retryTransient(() => this.#record(write, this.database.knex));
    return this.#untilCertain(write.lease, write.writeId, record, wasTried);
  }

  /**
   * A repeat first waits for the row: whoever commits this write late holds its lock until then, so that the work is
   * not done again, with other results, while the first may still come through.
   */
  async #transact(
    lease: ClaimedJob,
    work: SliceWork,
    writeId: Buffer,
    isRepeat: boolean,
  ): Promise<Standing | undefined> {
    let fault: unknown;
    let undone: unknown;
    try {
      const standing = await this.#transaction(async (transaction) => {
        transaction.on('query-error', (error: unknown) => {
          if (isTransient(error)) undone ??= error;
        });
        const before = isRepeat ? await this.#stands(lease, writeId, transaction) : undefined;
        if (before !== undefined) return before;
        const { slice, leave } = await work(transaction).catch((error: unknown) => {
          fault = error;
          throw error;
        });
        const recorded = await this.#record({ lease, slice, leave, writeId }, transaction);
        if (recorded === undefined) throw LOST;
        if (startsOthers(lease, slice)) await this.#startNext(lease, transaction);
        // A deadlock undid everything, also when a callback caught it: the record would stand without its writes.
        if (undone !== undefined) throw undone;
        return recorded;
      });
      // A callback that waited for nothing may have met it behind the record.
      if (undone === undefined) return standing;
    } catch (error) {
      if (error === LOST && undone === undefined) return undefined;
      // Not what the rollback met afterwards.
      throw fault ?? undone ?? error;
    }
    const standing = await this.#stands(lease, writeId);
    if (standing === undefined) throw undone;
    return standing;
  }

  async #untilCertain(
    lease: ClaimedJob,
    writeId: Buffer,
    write: (isRepeat: boolean) => Promise<Standing | undefined>,
    wasTried = false,
  ): Promise<Recorded> {
    return (await untilCertain(write, () => this.#stands(lease, writeId), this.patienceMs, wasTried)) ?? 'lost';
  }

  /** Is this very write in the row, or may it have been, when others have written since? */
  async #stands({ number, sliceSeq }: ClaimedJob, writeId: Buffer, on?: Knex): Promise<Standing | undefined> {
    const lock = on ? this.database.dialect.forUpdate : '';
    const [row] = await this.database.rows<{ status: Status; write_id: Buffer | null; slice_seq: number | string }>(
      `SELECT status, write_id, slice_seq FROM progress_manager WHERE number = ? ${lock}`,
      [number],
      on,
    );
    if (row?.write_id?.equals(writeId)) return row.status === 'paused' ? 'paused' : 'recorded';
    return row !== undefined && Number(row.slice_seq) > sliceSeq ? 'unknown' : undefined;
  }

  /** What waited for this job stands in line from now on, or at its run time; what is paused or cancelled stays so. */
  async #startNext({ number, next }: ClaimedJob, on: Knex): Promise<void> {
    const { dialect } = this.database;
    await this.database.change(
      `UPDATE progress_manager SET waits_for = NULL, revision = revision + 1, modified_at = ${dialect.now()},
              due_at = CASE WHEN status = 'new' THEN ${asPushed(dialect)} END
        WHERE number IN (${placeholders(next)}) AND waits_for = ?`,
      [...next, number],
      on,
    );
  }

  async #record(write: SliceWrite, on: Knex): Promise<Standing | undefined> {
    if (await this.#update(write, 'in_progress', on)) return 'recorded';
    if (!(await this.#update(write, 'paused', on))) return undefined;
    return leftOf(write, 'paused') === 'resting' ? 'paused' : 'recorded';
  }

  async #update(write: SliceWrite, expected: Expected, on: Knex): Promise<boolean> {
    const { sql, bindings } = recordOf([write], expected, this.database.dialect);
    return (await this.database.change(sql, bindings, on, { isPrepared: true })) === 1;
  }
}

const startsOthers = ({ next }: ClaimedJob, { status }: SliceRecord) => status === 'success' && next.length > 0;

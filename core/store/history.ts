import type { OutputFile } from '../contracts/job.js';
import type { Status, TerminalStatus } from '../contracts/status.js';
import type { Binding, Database } from './database.js';
import { placeholders } from './placeholders.js';

/** A finished job that is old enough to go. */
export interface OldJob {
  readonly number: number;
  readonly id: string;
}

/** How far a walk through the old jobs has come. */
export interface Reached {
  /** As it is stored. */
  readonly finishedAt: string;
  readonly number: number;
}

interface OldRow {
  readonly number: number | string;
  readonly id: string;
  readonly status: Status;
  readonly finished_at: string;
  readonly deleted: number;
}

/** Finds and removes finished jobs by age, in small batches, so that no lock is held for long beside live work. */
export class History {
  constructor(private readonly database: Database) {}

  /**
   * Of the next so many that are old enough, those with one of these statuses; the oldest first. `reached`: from where
   * to read on, if there may be more. A plain read along the index (finished_at, number), which does not know the
   * statuses: what is kept is walked past once.
   */
  async olderThan(
    ageMs: number,
    statuses: readonly TerminalStatus[],
    limit: number,
    after?: Reached,
  ): Promise<{ readonly jobs: readonly OldJob[]; readonly reached: Reached | undefined }> {
    const rows = after ? await this.#nextOf(ageMs, after, limit) : await this.#old(ageMs, limit);
    const last = rows.length < limit ? undefined : rows.at(-1);
    return {
      jobs: rows
        .filter(({ status, deleted }) => statuses.some((each) => each === status) && Number(deleted) === 0)
        .map(({ number, id }) => ({ number: Number(number), id })),
      reached: last && { finishedAt: last.finished_at, number: Number(last.number) },
    };
  }

  /** The rest of its moment, then later ones: as one condition it would be two walks and a sort. */
  async #nextOf(ageMs: number, { finishedAt, number }: Reached, limit: number): Promise<OldRow[]> {
    const time = this.database.dialect.time('?');
    const rows = await this.#old(ageMs, limit, `AND finished_at = ${time} AND number > ?`, [finishedAt, number]);
    if (rows.length === limit) return rows;
    return [...rows, ...(await this.#old(ageMs, limit - rows.length, `AND finished_at > ${time}`, [finishedAt]))];
  }

  #old(ageMs: number, limit: number, condition = '', bindings: readonly Binding[] = []): Promise<OldRow[]> {
    const { nowPlus, byIndex } = this.database.dialect;
    return this.database.rows(
      `SELECT number, id, status, finished_at, deleted FROM progress_manager ${byIndex('ix_finished')}
        WHERE finished_at < ${nowPlus()} ${condition} ORDER BY finished_at, number LIMIT ?`,
      [-ageMs, ...bindings, limit],
    );
  }

  /** Returns the ids of those that are gone now: one that was tried again meanwhile stays. */
  async remove(jobs: readonly OldJob[], ageMs: number, statuses: readonly TerminalStatus[]): Promise<string[]> {
    if (jobs.length === 0) return [];
    const numbers = jobs.map(({ number }) => number);
    await this.database.changeAgain(
      `DELETE FROM progress_manager
        WHERE number IN (${placeholders(numbers)}) AND status IN (${placeholders(statuses)})
          AND finished_at < ${this.database.dialect.nowPlus()}`,
      [...numbers, ...statuses, -ageMs],
    );
    return this.gone(jobs.map(({ id }) => id));
  }

  /** Those of these ids that no row has. */
  async gone(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const sql = `SELECT id FROM progress_manager WHERE id IN (${placeholders(ids)})`;
    const there = new Set((await this.database.rows<{ id: string }>(sql, ids)).map(({ id }) => id));
    return ids.filter((id) => !there.has(id));
  }

  /** The files that the row of a finished job names; `undefined`: it goes on, or is not there, or cannot be read. */
  async outputsOf(id: string): Promise<readonly OutputFile[] | undefined> {
    const sql = "SELECT outputs FROM progress_manager WHERE id = ? AND status IN ('success', 'error', 'cancelled')";
    const [row] = await this.database.rows<{ outputs: string | null }>(sql, [id]);
    return row && readOutputs(row.outputs);
  }
}

/** What another program damaged names nothing: then nothing may be taken for unnamed. */
function readOutputs(stored: string | null): readonly OutputFile[] | undefined {
  try {
    const outputs = JSON.parse(stored ?? '[]') as readonly OutputFile[];
    return outputs.every(({ name, parts }) => typeof name === 'string' && Array.isArray(parts)) ? outputs : undefined;
  } catch {
    return undefined;
  }
}

import type { OutputFile } from '../contracts/job.js';
import type { TerminalStatus } from '../contracts/status.js';
import type { Database } from './database.js';
import { placeholders } from './placeholders.js';

/** A finished job that is old enough to go. */
export interface OldJob {
  readonly number: number;
  readonly id: string;
}

/** Finds and removes finished jobs by age, in small batches, so that no lock is held for long beside live work. */
export class History {
  constructor(private readonly database: Database) {}

  /** The oldest first; a plain read along the index (status, finished_at, number). */
  async olderThan(ageMs: number, status: TerminalStatus, limit: number): Promise<OldJob[]> {
    const rows = await this.database.rows<{ number: number | string; id: string }>(
      `SELECT number, id FROM progress_manager
        WHERE status = ? AND finished_at < ${this.database.dialect.nowPlus()} AND deleted = 0
        ORDER BY finished_at, number LIMIT ?`,
      [status, -ageMs, limit],
    );
    return rows.map(({ number, id }) => ({ number: Number(number), id }));
  }

  /** Returns the ids of those that are gone now: one that was tried again meanwhile stays. */
  async remove(jobs: readonly OldJob[], ageMs: number, status: TerminalStatus): Promise<string[]> {
    if (jobs.length === 0) return [];
    const numbers = jobs.map(({ number }) => number);
    await this.database.changeAgain(
      `DELETE FROM progress_manager
        WHERE number IN (${placeholders(numbers)}) AND status = ? AND finished_at < ${this.database.dialect.nowPlus()}`,
      [...numbers, status, -ageMs],
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

import { readFileSync } from 'node:fs';
import type { App } from 'progress-manager';

/** A slice that was begun. */
export interface Begun {
  readonly at: number;
  readonly job: number;
  readonly offset: number;
  readonly pid: number;
}

/** The ledger that all workers write, outside the database. */
export function readLedger(path: string): Begun[] {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [at = 0, job = 0, offset = 0, pid = 0] = line.split(' ').map(Number);
    return { at, job, offset, pid };
  });
}

/** What went wrong with the rows of jobs of so many slices: nothing of it may. */
export async function faultsOfRows(app: App, slices: number): Promise<object> {
  const knex = app.container.get('knex');
  const jobs: { number: number; status: string; progress_offset: number; slice_seq: number }[] = await knex(
    'progress_manager',
  ).select('number', 'status', 'progress_offset', 'slice_seq');
  const rows: { job: number; seq: number; times: number }[] = await knex('fault_row')
    .select('job', 'seq')
    .count({ times: '*' })
    .groupBy('job', 'seq');
  const written = new Map<number, number>();
  for (const { job } of rows) written.set(Number(job), (written.get(Number(job)) ?? 0) + 1);
  const numbers = (some: readonly { number: number }[]) => some.map(({ number }) => Number(number));
  return {
    unfinished: numbers(jobs.filter(({ status }) => status !== 'success')),
    lost: numbers(jobs.filter(({ number }) => written.get(Number(number)) !== slices)),
    twice: rows.filter(({ times }) => Number(times) !== 1),
    recordedTwice: numbers(jobs.filter(({ slice_seq }) => Number(slice_seq) !== slices)),
  };
}

export const NO_FAULTS = { unfinished: [], lost: [], twice: [], recordedTwice: [] };

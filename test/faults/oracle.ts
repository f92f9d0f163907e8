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

/** What a job that has come to its end leaves. */
export interface Expected {
  readonly rows: number;
  readonly slices: number;
}

interface JobRow {
  readonly number: number;
  readonly status: string;
  readonly slice_seq: number;
  readonly data: string;
  readonly error: string | null;
}

/** What went wrong with the rows of jobs, each of which should leave so much: nothing of it may. */
export async function faultsOfRows(
  app: App,
  expected: number | ((job: { readonly number: number; readonly data: never }) => Expected),
) {
  const knex = app.container.get('knex');
  const jobs: JobRow[] = await knex('progress_manager').select('number', 'status', 'slice_seq', 'data', 'error');
  const rows: { job: number; seq: number; times: number; stale: number }[] = await knex('fault_row')
    .select('job', 'seq')
    .count({ times: '*' })
    .sum({ stale: knex.raw('CASE WHEN holder = pid THEN 0 ELSE 1 END') })
    .groupBy('job', 'seq');
  const written = new Map<number, Set<number>>();
  for (const { job, seq } of rows) written.set(Number(job), (written.get(Number(job)) ?? new Set()).add(Number(seq)));
  const wanted = ({ number, data }: JobRow): Expected =>
    typeof expected === 'number'
      ? { rows: expected, slices: expected }
      : expected({ number: Number(number), data: JSON.parse(data) as never });
  const numbers = (some: readonly JobRow[]) => some.map(({ number }) => Number(number));
  return {
    unfinished: jobs
      .filter(({ status }) => status !== 'success')
      .map(({ number, status, error }) => [Number(number), status, error] as const),
    lost: numbers(jobs.filter((job) => !isWhole(written.get(Number(job.number)), wanted(job).rows))),
    twice: rows.filter(({ times }) => Number(times) !== 1),
    recordedTwice: numbers(jobs.filter((job) => Number(job.slice_seq) !== wanted(job).slices)),
    /** Written by a process while another held the job, and accepted. */
    stale: rows.filter(({ stale }) => Number(stale) > 0),
  };
}

export const NO_FAULTS = { unfinished: [], lost: [], twice: [], recordedTwice: [], stale: [] };

export type FaultsOfRows = Awaited<ReturnType<typeof faultsOfRows>>;

/** Each of 0 … rows − 1. */
function isWhole(written: ReadonlySet<number> = new Set(), rows: number): boolean {
  return written.size === rows && Array.from({ length: rows }, (_, seq) => seq).every((seq) => written.has(seq));
}

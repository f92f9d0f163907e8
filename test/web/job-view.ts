import type { JobAction, JobView } from '../../web/client/job.js';

/** The time at which unit tests of the page play, in milliseconds. */
export const NOW = Date.parse('2026-03-04T12:00:00.000Z');

/** A moment so many seconds after `NOW`, before it when negative. */
export function at(seconds: number): string {
  return new Date(NOW + seconds * 1000).toISOString();
}

export const CANCEL: JobAction = { type: 'cancel', label: 'Cancel', data: { confirm: true } };
export const CLOSE: JobAction = { type: 'close', label: 'Close', data: {} };

type Changes = Partial<Omit<JobView, 'status'>> & { readonly status?: JobView['status']['key'] };

/** A running job of which 82,116 of 171,075 are done, but for what is changed. */
export function jobView({ status = 'in_progress', ...changes }: Changes = {}): JobView {
  const isUnfinished = status === 'new' || status === 'in_progress' || status === 'paused';
  return {
    id: 'a',
    number: 1,
    name: 'Import of places',
    type: 'import',
    status: { key: status, translate: status },
    progress: 48.2,
    processed: 82_116,
    total: 171_075,
    counts: { ok: 82_116, failed: 0, skipped: 0 },
    message: null,
    phase: null,
    eta: null,
    attempt: 1,
    runAt: null,
    parent: null,
    children: null,
    actions: isUnfinished ? [CANCEL] : [CLOSE],
    userId: 'ann',
    createdAt: at(-60),
    startedAt: at(-50),
    modifiedAt: at(-1),
    finishedAt: isUnfinished ? null : at(-1),
    isClosed: false,
    error: null,
    ...changes,
  };
}

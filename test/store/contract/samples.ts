import { v7 as uuid } from 'uuid';
import type { Leave, NewJob, SliceRecord } from '../../../core/contracts/job-store.js';
import type { User } from '../../../core/contracts/user.js';

export const ANN: User = { id: 'ann', isAdmin: false };
export const BOB: User = { id: 'bob', isAdmin: false };

export const LEASE_MS = 30_000;
export const KEEP: Leave = { next: 'keep', leaseMs: LEASE_MS };
export const BACK: Leave = { next: 'back' };

/** A job as the façade hands it to the store. */
export function newJob(changes: Partial<NewJob> = {}): NewJob {
  return {
    id: uuid(),
    name: 'Copy',
    type: 'copy',
    data: '{}',
    inputs: [],
    userId: undefined,
    isHidden: false,
    key: undefined,
    priority: 0,
    runAt: undefined,
    ...changes,
  };
}

/** What a slice that moved on by one of ten has to say. */
export function slice(changes: Partial<SliceRecord> = {}): SliceRecord {
  return {
    status: 'in_progress',
    offset: 1,
    progress: 10,
    counts: { processed: 1, total: 10, failed: 0, skipped: 0 },
    message: undefined,
    data: undefined,
    result: undefined,
    error: undefined,
    outputs: undefined,
    idleSlices: 0,
    ...changes,
  };
}

export const SUCCESS = slice({ status: 'success', progress: 100 });
export const FAILURE = slice({ status: 'error', error: { code: 'threw', message: 'It broke.' } });

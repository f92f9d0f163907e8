import { setTimeout as sleep } from 'node:timers/promises';
import { JobNotFoundError } from '../core/contracts/errors.js';
import type { LogLine, LogQuery } from '../core/contracts/job-log.js';
import type { JobRef } from '../core/contracts/job-store.js';
import { isTerminal } from '../core/contracts/status.js';
import type { ProgressManager } from '../core/progress-manager.js';

const POLL_MS = 500;
const PAGE = 1000;

/** Each line that the job's log has now. Throws JobNotFoundError. */
export async function* linesOf(manager: ProgressManager, ref: JobRef, query: LogQuery): AsyncGenerator<LogLine> {
  for (let after = query.after ?? 0; ; ) {
    const { list, next } = await manager.log(ref, { ...query, after, limit: PAGE });
    yield* list;
    if (list.length < PAGE) return;
    after = next;
  }
}

/**
 * Each line of the job's log as it comes, until the job has ended and all are out. Throws JobNotFoundError when it is
 * not, or no longer, there.
 */
export async function* followLog(
  manager: ProgressManager,
  ref: JobRef,
  query: LogQuery,
  pollMs = POLL_MS,
): AsyncGenerator<LogLine> {
  for (let after = 0; ; ) {
    // Asked before the lines: they are there when the end is.
    const job = await manager.get(ref);
    if (job === undefined) throw new JobNotFoundError(ref);
    for await (const line of linesOf(manager, ref, { ...query, after })) {
      after = line.seq;
      yield line;
    }
    if (isTerminal(job.status)) return;
    await sleep(pollMs);
  }
}

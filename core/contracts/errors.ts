import type { Job } from './job.js';
import type { Status } from './status.js';

/** Mistakes of callers and authors. `code` is stable, `status` is its HTTP counterpart, the message says what to do. */
export abstract class ProgressManagerError extends Error {
  abstract readonly code: string;
  abstract readonly status: number;
  /** Which entry of a list it is about, from 0. */
  entry?: number;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The same error, saying of which entry of a list it speaks; one that is no caller's mistake stays as it is. */
export function ofEntry(error: unknown, entry: number): unknown {
  if (!(error instanceof ProgressManagerError) || error.entry !== undefined) return error;
  error.message = `Entry ${entry}: ${error.message}`;
  error.entry = entry;
  return error;
}

/** One or several faults in configuration; all of them are listed. */
export class ConfigurationError extends ProgressManagerError {
  readonly code = 'configuration';
  readonly status = 500;

  constructor(
    readonly faults: readonly string[],
    options?: ErrorOptions,
  ) {
    super(
      faults.length === 1 ? faults[0] : `${faults.length} faults:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
      options,
    );
  }
}

/** What was given cannot be used: wrong type, too long, not well-formed. `field` names it. */
export class InvalidInputError extends ProgressManagerError {
  readonly code: string = 'invalid_input';
  readonly status: number = 400;

  constructor(
    readonly field: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${field}: ${message}`, options);
  }
}

/** Well-formed, but refused by the type's schema or rules. */
export class RefusedError extends ProgressManagerError {
  readonly status = 422;

  constructor(
    readonly code:
      | 'unknown_type'
      | 'invalid_data'
      | 'file_refused'
      | 'no_failed_items'
      | 'no_secret_key'
      | 'too_deep'
      | 'too_many',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** `data`, an upload or a body over its limit. */
export class TooLargeError extends ProgressManagerError {
  readonly code = 'too_large';
  readonly status = 413;
}

/** An option, route or command that a later version brings. */
export class NotAvailableError extends ProgressManagerError {
  readonly code = 'not_available';
  readonly status = 404;

  constructor(
    readonly feature: string,
    readonly instead?: string,
  ) {
    super(`${feature} is not available in this version.${instead ? ` ${instead}` : ''}`);
  }
}

/** There is no such job, or the caller may not see it: both read the same. */
export class JobNotFoundError extends ProgressManagerError {
  readonly code = 'job_not_found';
  readonly status = 404;

  constructor(
    readonly ref: string | number,
    /** Of a wait for several of which one was removed: the others, as they ended. */
    readonly others: readonly Job[] = [],
  ) {
    super(`There is no job ${String(ref).slice(0, 64)}.`);
  }
}

/** No module declares a schedule of this key, and none did. */
export class ScheduleNotFoundError extends ProgressManagerError {
  readonly code = 'schedule_not_found';
  readonly status = 404;

  constructor(readonly schedule: string) {
    super(`There is no schedule "${String(schedule).slice(0, 100)}".`);
  }
}

/** The schedule is still known, but the modules here declare it no more: nothing says what to push. */
export class ScheduleGoneError extends ProgressManagerError {
  readonly code = 'schedule_gone';
  readonly status = 409;

  constructor(readonly schedule: string) {
    super(`No module declares the schedule "${schedule}" any more. Declare it again, or push the job yourself.`);
  }
}

/** The caller is known, but this is not theirs to do. */
export class ForbiddenError extends ProgressManagerError {
  readonly code = 'forbidden';
  readonly status = 403;
}

/** An unfinished job of the same type holds the key. `jobId` only where the caller may see that job. */
export class KeyBusyError extends ProgressManagerError {
  readonly code = 'key_busy';
  readonly status = 409;

  constructor(
    readonly key: string,
    readonly jobId: string | undefined,
  ) {
    super(
      jobId === undefined
        ? 'The key is held by another unfinished job of this type. Use another key, or wait until it has ended.'
        : `The key is held by the unfinished job ${jobId}. Wait until it has ended, or push with onKey "join" to get it.`,
    );
  }
}

/** The id of a push belongs to a job that is not the caller's, or to one of another type. */
export class IdTakenError extends ProgressManagerError {
  readonly code = 'id_taken';
  readonly status = 409;

  constructor() {
    super('This id is taken. Use a fresh UUID for each new job.');
  }
}

/** No module declares an action of this key. */
export class UnknownActionError extends ProgressManagerError {
  readonly code = 'unknown_action';
  readonly status = 404;

  constructor(
    readonly action: string,
    /** Which ones there are, or which one was meant. */
    advice = '',
  ) {
    super(`There is no action "${action.slice(0, 100)}".${advice && ` ${advice}`}`);
  }
}

/** The action exists, but the job's current status does not offer it. */
export class ActionNotOfferedError extends ProgressManagerError {
  readonly code = 'action_not_offered';
  readonly status = 409;

  constructor(
    readonly action: string,
    readonly jobStatus: Status,
    readonly offered: readonly string[],
  ) {
    super(
      `The job is ${jobStatus}, which does not offer "${action}". ${offered.length > 0 ? `Offered now: ${offered.join(', ')}.` : 'Nothing is offered now.'}`,
    );
  }
}

/** A wait that ended before the job did. */
export class WaitTimeoutError extends ProgressManagerError {
  readonly code = 'wait_timeout';
  readonly status = 504;

  constructor(
    readonly unfinished: readonly string[],
    readonly timeout: number,
  ) {
    super(
      `${unfinished.length === 1 ? `Job ${unfinished[0]} has` : `${unfinished.length} jobs have`} not ended within ${timeout} ms.`,
    );
  }
}

/** The file is not there, or its bytes are gone. */
export class FileMissingError extends ProgressManagerError {
  readonly code = 'file_missing';
  readonly status = 404;

  constructor(readonly file: string) {
    super(`There is no file "${file.slice(0, 255)}".`);
  }
}

/** A call of the façade, or of the database, inside a `context.write` callback that does not use its transaction. */
export class InsideWriteError extends ProgressManagerError {
  readonly code = 'inside_write';
  readonly status = 500;

  constructor(what: string) {
    super(
      `${what} was called inside a context.write callback. The callback's transaction is open, so this would wait for itself or escape it: do it before context.write, or use the transaction the callback is given.`,
    );
  }
}

/** A statement of a `context.write` callback has committed or rolled back by itself: its writes are not one any more. */
export class WriteEndedError extends ProgressManagerError {
  readonly code = 'write_ended';
  readonly status = 500;

  constructor(statement: string) {
    // Its first words, before anything that may be a value.
    const [words = 'A statement'] = /^[a-z]+(?:\s+[a-z]\w*){0,2}/i.exec(statement.trim()) ?? [];
    super(
      `${words} ended the transaction of a context.write callback, so that what was to be written with the slice may stand in part. What commits or rolls back by itself (TRUNCATE, CREATE, ALTER, DROP, OR ROLLBACK) comes before the slice's first write, or belongs outside.`,
    );
  }
}

/** The secrets of a job cannot be opened here. It never says what they are. */
export class SecretUnreadableError extends ProgressManagerError {
  readonly code = 'secret_unreadable';
  readonly status = 409;
}

/** A hook of a module refused it, and nothing was changed; the message is the hook's. */
export class HookRefusedError extends ProgressManagerError {
  readonly code = 'refused_by_hook';
  readonly status = 422;
}

/** The database could not be reached, or has not been migrated. */
export class StoreUnavailableError extends ProgressManagerError {
  readonly code = 'store_unavailable';
  readonly status = 503;
}

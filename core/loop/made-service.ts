import { describeError } from '../contracts/describe-error.js';
import type { ProgressJobInterface } from '../contracts/progress-job.js';

const METHODS = ['executeProgressJob', 'getProgress', 'getStatus'] as const satisfies (keyof ProgressJobInterface)[];

/** A job has no service: `no_service`, its constructor threw; `bad_service`, what it made is none. */
export class NoService extends Error {
  constructor(
    readonly code: 'no_service' | 'bad_service',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A fresh service for a job of this type. Throws NoService. */
export function madeService(create: (type: string) => ProgressJobInterface, type: string): ProgressJobInterface {
  const service = created(create, type);
  // Classes were looked at when they were loaded; a constructor may give back anything.
  const missing = METHODS.find((method) => typeof service?.[method] !== 'function');
  if (missing === undefined) return service;
  throw new NoService('bad_service', `The service of the type "${type}" has no method ${missing}. Add it.`);
}

function created(create: (type: string) => ProgressJobInterface, type: string): ProgressJobInterface {
  try {
    return create(type);
  } catch (cause) {
    throw new NoService('no_service', describeError(cause), { cause });
  }
}

import { STATUS_CODES } from 'node:http';
import {
  ActionNotOfferedError,
  InvalidInputError,
  KeyBusyError,
  NotAvailableError,
  ProgressManagerError,
  StoreUnavailableError,
} from '../contracts/errors.js';
import type { Logger } from '../contracts/logger.js';
import type { Problem } from '../contracts/routes.js';
import { isOutage } from '../store/transient.js';
import { HttpError } from './http-error.js';
import { loggable } from './loggable.js';

interface Reporting {
  readonly logger: Logger;
  readonly requestId: string;
}

/** Turns anything thrown into `application/problem+json`. */
export function problemResponse(error: unknown, reporting: Reporting): Response {
  const { status, code, detail, facts, headers } = problemOf(error, reporting);
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    code,
    detail,
    requestId: reporting.requestId,
    ...facts,
  };
  return Response.json(body, { status, headers: { ...headers, 'Content-Type': 'application/problem+json' } });
}

/** What a caller may know of an error. Mistakes of callers are told in full; our own only to the log, under the request's id. */
export function problemOf(error: unknown, { logger, requestId }: Reporting): Problem {
  if (error instanceof StoreUnavailableError || isOutage(error)) {
    logger.warn({ requestId, error: loggable(error) }, 'the database is not available');
    return STORE_UNAVAILABLE;
  }
  if (isDiskFull(error)) {
    logger.error({ requestId, error: loggable(error) }, 'the disk of the files is full');
    return STORAGE_FULL;
  }
  const headers = error instanceof HttpError ? error.headers : {};
  if (error instanceof HttpError || (error instanceof ProgressManagerError && error.status < 500)) {
    return { status: error.status, code: error.code, detail: error.message, facts: factsOf(error), headers };
  }
  logger.error({ requestId, error: loggable(error) }, 'a request failed');
  return INTERNAL;
}

function factsOf(error: ProgressManagerError): Record<string, unknown> {
  if (error instanceof InvalidInputError) return { field: error.field };
  if (error instanceof KeyBusyError) return error.jobId === undefined ? {} : { jobId: error.jobId };
  if (error instanceof ActionNotOfferedError) return { jobStatus: error.jobStatus, offered: error.offered };
  if (error instanceof NotAvailableError) return { feature: error.feature };
  return {};
}

/** As the system says it of a file: no space is left, or none of what this user may have. */
function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as { readonly code?: string } | undefined)?.code ?? '');
}

const STORE_UNAVAILABLE: Problem = {
  status: 503,
  code: 'store_unavailable',
  detail: 'The database is not available just now. Try again in a few seconds.',
  facts: {},
  headers: { 'Retry-After': '5' },
};

const STORAGE_FULL: Problem = {
  status: 507,
  code: 'storage_full',
  detail: 'There is no room for files on the server just now. Try again later, or tell its administrator.',
  facts: {},
  headers: { 'Retry-After': '60' },
};

const INTERNAL: Problem = {
  status: 500,
  code: 'internal',
  detail: 'Something went wrong on our side. The log has the details under this request id.',
  facts: {},
  headers: {},
};

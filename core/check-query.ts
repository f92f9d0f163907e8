import { InvalidInputError } from './contracts/errors.js';
import { type ItemQuery, LISTED_OUTCOMES } from './contracts/job-items.js';
import { JOB_LOG_LEVELS, type LogQuery } from './contracts/job-log.js';
import { checkKeys } from './registry/check-keys.js';

const MOST_AT_ONCE = 1000;

/** Throws InvalidInputError for what no log can be asked for. */
export function checkLogQuery(query: LogQuery): LogQuery {
  refuseUnknown(query, ['after', 'limit', 'attempt', 'level']);
  checkPage(query);
  checkWhole('attempt', query.attempt, 1, 2 ** 31 - 1);
  checkOneOf('level', query.level, JOB_LOG_LEVELS);
  return query;
}

/** Throws InvalidInputError for what no ledger can be asked for. */
export function checkItemQuery(query: ItemQuery): ItemQuery {
  refuseUnknown(query, ['after', 'limit', 'outcome']);
  checkPage(query);
  if ((query.outcome as string | undefined) === 'ok')
    throw new InvalidInputError('outcome', 'items that went well are counted, not listed. Ask for failed or skipped.');
  checkOneOf('outcome', query.outcome, LISTED_OUTCOMES);
  return query;
}

/** Throws InvalidInputError. */
export function checkMessagesOptions(options: { readonly clear?: boolean }): boolean {
  refuseUnknown(options, ['clear']);
  const { clear = false } = options;
  if (typeof clear !== 'boolean') throw new InvalidInputError('clear', 'must be true or false.');
  return clear;
}

function checkPage({ after, limit }: { readonly after?: number; readonly limit?: number }): void {
  checkWhole('after', after, 0, Number.MAX_SAFE_INTEGER);
  checkWhole('limit', limit, 1, MOST_AT_ONCE);
}

function refuseUnknown(query: object, known: readonly string[]): void {
  if (typeof query !== 'object' || query === null) throw new InvalidInputError('query', 'must be an object.');
  checkKeys(query, known);
}

function checkWhole(field: string, value: unknown, least: number, most: number): void {
  if (value === undefined) return;
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw new InvalidInputError(field, `must be a whole number from ${least} to ${most}.`);
}

function checkOneOf(field: string, value: unknown, words: readonly string[]): void {
  if (value === undefined || words.includes(value as string)) return;
  throw new InvalidInputError(field, `must be of ${words.join(', ')}.`);
}

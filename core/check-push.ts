import { validate as isUuid } from 'uuid';
import { checkSecrets } from './check-secrets.js';
import type { CallersTransaction } from './contracts/callers-transaction.js';
import { checkText, checkUserId } from './contracts/check-text.js';
import type { RegisteredType } from './contracts/config.js';
import { describeError } from './contracts/describe-error.js';
import { InvalidInputError, NotAvailableError, RefusedError, TooLargeError } from './contracts/errors.js';
import type { LocalFile, PushEntry, PushOptions } from './contracts/push.js';
import { issuesText } from './contracts/schema-issues.js';
import { nearest } from './registry/nearest.js';
import { newId } from './store/new-id.js';

/** Bytes of JSON. */
const MOST_DATA = 1024 * 1024;
/** The names of all options of a push. */
export const PUSH_OPTIONS = [
  'id',
  'userId',
  'isHidden',
  'key',
  'onKey',
  'group',
  'priority',
  'runAt',
  'files',
  'transaction',
  'next',
  'secret',
];
/** What a push has besides; said where somebody misspelt one of them in a body. */
const FIELDS = ['name', 'type', 'data'];
const LATER_OPTIONS = ['waitsFor'];
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

const NOTHING_NEXT: readonly PushEntry[] = [];

/** Options that can be used as they are. */
export interface CheckedOptions {
  readonly id: string;
  readonly userId: string | undefined;
  readonly isHidden: boolean;
  readonly key: string | undefined;
  readonly onKey: 'reject' | 'join';
  readonly group: string | undefined;
  readonly priority: number;
  readonly runAt: string | undefined;
  readonly files: readonly (string | LocalFile)[];
  readonly transaction: CallersTransaction | undefined;
  readonly next: readonly PushEntry[];
  readonly secret: Readonly<Record<string, string>> | undefined;
}

/** Throws InvalidInputError for what cannot be, NotAvailableError for what a later version brings. */
export function checkOptions(options: PushOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new InvalidInputError('options', 'must be an object.');
  for (const option of Object.keys(options)) {
    if (LATER_OPTIONS.includes(option))
      throw new NotAvailableError(`The option "${option}" of a push`, 'Leave it out.');
    if (!PUSH_OPTIONS.includes(option))
      throw new InvalidInputError(option, `is no option of a push. ${nearest(option, [...FIELDS, ...PUSH_OPTIONS])}`);
  }
  if (options.onKey !== undefined && options.key === undefined)
    throw new InvalidInputError(
      'onKey',
      'says what a busy key means, but there is no "key". Give one, or leave it out.',
    );
  return {
    id: options.id === undefined ? newId() : checkId(options.id),
    userId: options.userId === undefined ? undefined : checkUserId('userId', options.userId),
    isHidden: check('isHidden', options.isHidden ?? false, (value) => typeof value === 'boolean', 'true or false'),
    key: options.key === undefined ? undefined : checkText('key', options.key),
    onKey: check(
      'onKey',
      options.onKey ?? 'reject',
      (value) => value === 'reject' || value === 'join',
      '"reject" or "join"',
    ),
    group: options.group === undefined ? undefined : checkText('group', options.group),
    priority: check('priority', options.priority ?? 0, isPriority, 'a whole number from -5 to 5'),
    runAt: options.runAt === undefined ? undefined : checkTime(options.runAt),
    files: check(
      'files',
      options.files ?? [],
      isFileList,
      'a list of at most 100 ids of uploads, or of { path, name }',
    ),
    next: checkNext(options.next),
    transaction: options.transaction === undefined ? undefined : checkHandle(options.transaction),
    secret: checkSecrets(options.secret),
  };
}

/** `data` as JSON text. Throws InvalidInputError for what JSON cannot say, TooLargeError over 1 MiB. */
export function toDataText(data: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(data ?? {});
  } catch (cause) {
    throw new InvalidInputError('data', `cannot be written as JSON: ${describeError(cause).split('\n')[0]}`, { cause });
  }
  if (text === undefined) throw new InvalidInputError('data', `a ${typeof data} cannot be written as JSON.`);
  const size = Buffer.byteLength(text);
  if (size > MOST_DATA) {
    throw new TooLargeError(
      `data has ${size} bytes of JSON; ${MOST_DATA} are allowed. Upload large content as a file and name it in "files".`,
    );
  }
  return text;
}

/** `data` as the type's schema gives it back. Throws RefusedError with every issue. */
export async function checkData(type: RegisteredType, data: unknown): Promise<unknown> {
  const { schema } = type.config;
  if (!schema) return data;
  const result = await schema['~standard'].validate(data ?? {});
  if (!result.issues) return result.value;
  throw new RefusedError('invalid_data', `The data does not fit the type "${type.key}": ${issuesText(result.issues)}`);
}

function checkNext(next: PushOptions['next']): readonly PushEntry[] {
  if (next === undefined) return NOTHING_NEXT;
  return [next].flat() as readonly PushEntry[];
}

function checkId(id: unknown): string {
  if (typeof id !== 'string' || !isUuid(id)) throw new InvalidInputError('id', 'must be a UUID.');
  return id.toLowerCase();
}

function checkTime(time: string | Date): string {
  const date = time instanceof Date ? time : new Date(ISO.test(time) && isDay(time.slice(0, 10)) ? time : Number.NaN);
  const year = date.getUTCFullYear();
  if (!(year >= 1970 && year <= 9998)) {
    throw new InvalidInputError('runAt', 'must be a date and time with a time zone, for example 2026-01-31T08:00:00Z.');
  }
  return date.toISOString();
}

/** JavaScript takes 30 February for 2 March. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

function check<T>(field: string, value: T, fits: (value: unknown) => boolean, wanted: string): T {
  if (!fits(value)) throw new InvalidInputError(field, `must be ${wanted}.`);
  return value;
}

/** What it is a transaction of is for the store to say. */
function checkHandle(transaction: CallersTransaction): CallersTransaction {
  const isHandle = (value: unknown) => typeof value === 'function' || (typeof value === 'object' && value !== null);
  const wanted = 'a transaction of knex, or a connection of mysql2 on which one was begun';
  return check('transaction', transaction, isHandle, wanted);
}

function isFileList(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length <= 100 && value.every((file) => typeof file === 'string' || isLocalFile(file))
  );
}

function isLocalFile(value: unknown): boolean {
  const { path, name } = (value ?? {}) as { path?: unknown; name?: unknown };
  return typeof path === 'string' && (name === undefined || typeof name === 'string');
}

function isPriority(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= -5 && (value as number) <= 5;
}

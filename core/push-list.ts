import { PUSH_OPTIONS } from './check-push.js';
import { InvalidInputError, ofEntry } from './contracts/errors.js';
import type { NewJob } from './contracts/job-store.js';
import type { PushEntry } from './contracts/push.js';
import { nearest } from './registry/nearest.js';
import { keyHash } from './store/new-rows.js';

/** Entries of one list. */
const MOST_ENTRIES = 10_000;
/** Jobs that wait for one, also through others. */
const MOST_NEXT = 100;
const ENTRY_KEYS = ['name', 'type', 'data', 'options'];

/** Throws InvalidInputError for what is no list of pushes; it says with which entry. */
export function checkList(entries: unknown): void {
  if (!Array.isArray(entries)) throw new InvalidInputError('jobs', 'must be a list of { name, type, data, options }.');
  if (entries.length > MOST_ENTRIES)
    throw new InvalidInputError('jobs', `has ${entries.length} entries; ${MOST_ENTRIES} are allowed at once.`);
  const entry = entries.findIndex((each) => typeof each !== 'object' || each === null);
  if (entry >= 0)
    throw ofEntry(new InvalidInputError('jobs', 'must be an object { name, type, data, options }.'), entry);
  for (const [index, each] of entries.entries()) {
    const unknown = Object.keys(each).find((key) => !ENTRY_KEYS.includes(key));
    if (unknown !== undefined) throw ofEntry(new InvalidInputError(unknown, adviceOn(unknown)), index);
    if (each.options?.transaction !== undefined)
      throw ofEntry(new InvalidInputError('transaction', 'is one for all: pushMany(jobs, { transaction }).'), index);
  }
}

/** Throws InvalidInputError for more jobs that wait for one, also through others, than may; before any is prepared. */
export function checkNext(next: readonly PushEntry[]): void {
  checkList(next);
  const waiting = [...next];
  for (let seen = 0; seen < waiting.length; seen++) {
    if (waiting.length > MOST_NEXT) throw new InvalidInputError('next', `may name ${MOST_NEXT} jobs in all.`);
    const options: unknown = waiting[seen]?.options ?? {};
    if (typeof options !== 'object' || Array.isArray(options))
      throw new InvalidInputError('options', 'must be an object.');
    const later = waiting[seen]?.options?.next;
    if (later !== undefined) waiting.push(...[later].flat());
  }
}

function adviceOn(unknown: string): string {
  const advice = PUSH_OPTIONS.includes(unknown) ? 'Put it into its "options".' : nearest(unknown, ENTRY_KEYS);
  return `is no field of an entry. ${advice}`;
}

/** Two entries of one id or one key would be one job, and which of them it is would be nobody's decision. */
export function refuseTwins(list: readonly { readonly entry: number; readonly job: NewJob }[]): void {
  const ids = new Map<string, number>();
  const keys = new Map<string, number>();
  const refuse = (job: NewJob, entry: number): void => {
    refuseTwin('id', ids, job.id, entry);
    const key = keyHash(job);
    if (key) refuseTwin('key', keys, key.toString('hex'), entry);
    if (job.next) for (const later of job.next) refuse(later, entry);
  };
  for (const { entry, job } of list) refuse(job, entry);
}

function refuseTwin(field: string, seen: Map<string, number>, value: string, entry: number): void {
  const twin = seen.get(value);
  if (twin !== undefined) throw ofEntry(new InvalidInputError(field, `is that of entry ${twin} too.`), entry);
  seen.set(value, entry);
}

import { InvalidInputError, isPlainObject, type JobFilter } from 'progress-manager';
import type { BackgroundJob } from './background-job.js';
import { checkState } from './job-state.js';

const NAMES = {
  UUID: 'УникальныйИдентификатор',
  Key: 'Ключ',
  State: 'Состояние',
  Begin: 'Начало',
  End: 'Конец',
  Description: 'Наименование',
  MethodName: 'ИмяМетода',
  ScheduledJob: 'РегламентноеЗадание',
} as const;
type Property = keyof typeof NAMES;
type Conditions = Readonly<Partial<Record<Property, string>>>;
const BOTH = Object.entries(NAMES) as readonly (readonly [english: Property, russian: string])[];

const ISO_8601 = /^\d{4}-\d\d-\d\d(T|$)/;

/**
 * What background jobs must be like, under the names of either language, in any letter case. Times, as Date or ISO 8601,
 * are compared to the millisecond; with `End: undefined` jobs that have not ended are found.
 */
export type BackgroundJobFilter = { readonly [P in Property | (typeof NAMES)[Property]]?: BackgroundJob[P] | string };

/** The filter in three: what the database can take, the UUID, and all of it. Throws InvalidInputError. */
export function readFilter(given: BackgroundJobFilter) {
  if (!isPlainObject(given))
    throw new InvalidInputError('filter', "must be an object, for example { State: 'Active' }.");
  const wanted = Object.entries(given).map(([name, value]): [Property, unknown] => {
    const property = BOTH.find((names) => names.some((known) => known.toLowerCase() === name.toLowerCase()))?.[0];
    if (property !== undefined) return [property, comparable(property, value, name)];
    const known = BOTH.map((names) => names.join(' / ')).join(', ');
    throw new InvalidInputError(name.slice(0, 100), `is nothing to find background jobs by. Known: ${known}.`);
  });
  const { UUID, MethodName, State, Key, ScheduledJob, Description } = Object.fromEntries(wanted) as Conditions;
  const narrowed: JobFilter = {
    ...(MethodName !== undefined && { type: [MethodName] }),
    ...(State !== undefined && { status: checkState('State', State).statuses }),
    // A job without a key, or without a description, has none to look for.
    ...(Key && { key: Key }),
    ...(ScheduledJob !== undefined && { schedule: ScheduledJob }),
    ...(Description && /^\P{Control}{1,255}$/u.test(Description) && { q: Description }),
  };
  const isMet = (job: BackgroundJob) => wanted.every(([name, value]) => comparable(name, job[name]) === value);
  return { narrowed, uuid: UUID, isMet };
}

/** So that two that mean the same are equal. */
function comparable(property: Property, value: unknown, name: string = property): string | number | undefined {
  if (property === 'State') return checkState(name, value).State;
  if (value === undefined && (property === 'End' || property === 'ScheduledJob')) return undefined;
  const isTime = property === 'Begin' || property === 'End';
  const isGiven = value instanceof Date || (typeof value === 'string' && (!isTime || ISO_8601.test(value)));
  const time = isTime && isGiven ? new Date(value).getTime() : Number.NaN;
  if (isTime && !Number.isNaN(time)) return time;
  if (!isTime && typeof value === 'string') return property === 'UUID' ? value.toLowerCase() : value;
  throw new InvalidInputError(name, isTime ? 'must be a Date, or a time in ISO 8601.' : 'must be a text.');
}

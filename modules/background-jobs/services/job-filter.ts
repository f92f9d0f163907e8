import { InvalidInputError } from 'progress-manager';
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
const BOTH = Object.entries(NAMES) as readonly (readonly [english: Property, russian: string])[];

/**
 * What background jobs must be like, under the names of either language, in any letter case. Times, as Date or ISO 8601,
 * are compared to the millisecond; with `End: undefined` jobs that have not ended are found.
 */
export type BackgroundJobFilter = { readonly [P in Property | (typeof NAMES)[Property]]?: BackgroundJob[P] | string };

/** The filter in two: what the database can take, and all of it. Throws InvalidInputError. */
export function readFilter(given: BackgroundJobFilter) {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new InvalidInputError('filter', "must be an object, for example { State: 'Active' }.");
  const wanted = Object.entries(given).map(([name, value]): [Property, unknown] => {
    const property = BOTH.find((names) => names.some((known) => known.toLowerCase() === name.toLowerCase()))?.[0];
    if (property !== undefined) return [property, comparable(property, value, name)];
    const known = BOTH.map((names) => names.join(' / ')).join(', ');
    throw new InvalidInputError(name, `is nothing to find background jobs by. Known: ${known}.`);
  });
  const { UUID, MethodName, State } = Object.fromEntries(wanted);
  const q = UUID === undefined ? {} : { q: String(UUID) };
  const type = MethodName === undefined ? {} : { type: [String(MethodName)] };
  const status = State === undefined ? {} : { status: checkState('State', State).statuses };
  const isMet = (job: BackgroundJob) => wanted.every(([name, value]) => comparable(name, job[name]) === value);
  return { narrowed: { ...q, ...type, ...status }, isMet };
}

/** So that two that mean the same are equal. */
function comparable(property: Property, value: unknown, name: string = property): string | number | undefined {
  if (property === 'State') return checkState(name, value).State;
  if (value === undefined && (property === 'End' || property === 'ScheduledJob')) return undefined;
  const isTime = property === 'Begin' || property === 'End';
  const time = value instanceof Date || typeof value === 'string' ? new Date(value).getTime() : Number.NaN;
  if (isTime && !Number.isNaN(time)) return time;
  if (!isTime && typeof value === 'string') return property === 'UUID' ? value.toLowerCase() : value;
  throw new InvalidInputError(name, isTime ? 'must be a Date, or a time in ISO 8601.' : 'must be a text.');
}

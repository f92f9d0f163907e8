import { describeError } from '../contracts/describe-error.js';
import { MISSED_POLICIES, type MissedPolicy } from '../contracts/schedule.js';
import { CronTimes } from '../cron/cron-times.js';
import { checkNext } from './check-next.js';
import {
  checkOption,
  checkOverride,
  isBoolean,
  isPlain,
  isText,
  isWhole,
  kindOf,
  type Plain,
  TEXT,
  unknownKeys,
} from './shape.js';

const SCHEDULE_KEYS = [
  'cron',
  'timeZone',
  'type',
  'name',
  'data',
  'userId',
  'isHidden',
  'priority',
  'key',
  'next',
  'missed',
  'overlap',
  'override',
];

/** Everything that is wrong with one schedule, a sentence each. */
export function checkSchedule(at: string, value: unknown): string[] {
  if (!isPlain(value)) {
    return [`${at} is ${kindOf(value)}. Write { cron: '0 3 * * *', timeZone: 'Europe/Berlin', type: 'report' }.`];
  }
  return [
    ...unknownKeys(value, SCHEDULE_KEYS, at),
    ...checkTimes(at, value),
    ...checkRequired(at, value, 'type', (type) => typeof type === 'string', "a job type's key"),
    ...checkOption(at, value, 'name', isText, TEXT),
    ...checkOption(at, value, 'userId', isText, TEXT),
    ...checkOption(at, value, 'key', isText, TEXT),
    ...checkOption(at, value, 'isHidden', isBoolean, 'true or false'),
    ...checkOption(at, value, 'priority', (priority) => isWhole(priority, -5, 5), 'a whole number from -5 to 5'),
    ...checkNext(`${at}.next`, value.next),
    ...checkOption(at, value, 'missed', isMissedPolicy, MISSED_POLICIES.map((policy) => `"${policy}"`).join(', ')),
    ...checkOption(at, value, 'overlap', isBoolean, 'true or false'),
    ...checkOverride(at, value),
  ];
}

function checkTimes(at: string, { cron, timeZone = 'UTC' }: Plain): string[] {
  if (typeof cron !== 'string') return [`${at}.cron is ${kindOf(cron)}. Write a cron expression, as in '0 3 * * *'.`];
  if (typeof timeZone !== 'string') return [`${at}.timeZone must be a time zone's name, for example 'Europe/Berlin'.`];
  try {
    new CronTimes(cron, timeZone);
    return [];
  } catch (error) {
    return [`${at}.${describeError(error)}`];
  }
}

function checkRequired(
  at: string,
  value: Plain,
  key: string,
  fits: (value: unknown) => boolean,
  wanted: string,
): string[] {
  if (value[key] === undefined) return [`${at}.${key} is missing. It must be ${wanted}.`];
  return checkOption(at, value, key, fits, wanted);
}

const isMissedPolicy = (value: unknown) => MISSED_POLICIES.includes(value as MissedPolicy);

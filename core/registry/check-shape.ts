import { HOOK_NAMES } from '../contracts/hook.js';
import { MOST_PHASE_NAME, MOST_PHASES } from '../contracts/phase-limits.js';
import { isStatus, STATUSES } from '../contracts/status.js';
import { checkClass } from './check-class.js';
import { checkExtension, checkExtensionPoint } from './check-extension.js';
import { checkSchedule } from './check-schedule.js';
import { nearest } from './nearest.js';
import {
  checkOption,
  checkOverride,
  isFunction,
  isPlain,
  isWhole,
  kindOf,
  type Plain,
  PROTOTYPE_KEYS,
  unknownKeys,
} from './shape.js';

const CONFIG_KEYS = [
  'actionService',
  'statusAction',
  'type',
  'schedule',
  'services',
  'hook',
  'extension',
  'extensionPoint',
];
const TYPE_KEYS = [
  'service',
  'run',
  'action',
  'label',
  'schema',
  'access',
  'version',
  'migrate',
  'whenWorkerLost',
  'retry',
  'isolation',
  'memoryMb',
  'maxSliceMs',
  'keyScope',
  'limit',
  'limitPerOwner',
  'limitPerGroup',
  'rate',
  'throttle',
  'retryItems',
  'phases',
  'override',
];
const RETRY_KEYS = ['attempts', 'backoff'];
const BACKOFF_KEYS = ['firstMs', 'mostMs'];
const RATE_KEYS = ['limit', 'per'];
const PHASE_KEYS = ['name', 'weight'];
const ACTION_KEYS = ['service', 'override', 'when'];
/** What fits the columns, a URL and a log line. */
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/;

/** Everything that is wrong with the default export of a config, a sentence each. */
export function checkShape(config: unknown): string[] {
  if (!isPlain(config) || config instanceof Promise) {
    return [`the default export is ${kindOf(config)}. Export the object that defineProgressManager gives back.`];
  }
  return [
    ...unknownKeys(config, CONFIG_KEYS, 'the config'),
    ...eachEntry(config.actionService, 'actionService', checkAction),
    ...eachEntry(config.type, 'type', checkType),
    ...eachEntry(config.schedule, 'schedule', checkSchedule),
    ...eachEntry(config.services, 'services', (at, value) => checkClass(at, value, [])),
    ...checkActions('statusAction', config.statusAction),
    ...checkHooks(config.hook),
    ...eachEntry(config.extension, 'extension', checkExtension),
    ...eachEntry(config.extensionPoint, 'extensionPoint', checkExtensionPoint),
  ];
}

/** Classes must be such that the container can make them; other functions are called as they are. */
function checkHooks(value: unknown): string[] {
  return eachEntry(
    value,
    'hook',
    (at, hook, name) => {
      if (!(HOOK_NAMES as readonly string[]).includes(name)) {
        return [`${at}: there is no hook "${name}". ${nearest(name, HOOK_NAMES)}`];
      }
      if (typeof hook !== 'function')
        return [`${at} is ${kindOf(hook)}. It must be a function, or a class with a method handle.`];
      return /^class\b/.test(Function.prototype.toString.call(hook)) ? checkClass(at, hook, ['handle']) : [];
    },
    /^/,
  );
}

function checkAction(at: string, value: unknown): string[] {
  const methods = ['getProgressStatusActionData', 'executeStatusAction'];
  if (!isPlain(value)) return checkClass(at, value, methods);
  return [
    ...unknownKeys(value, ACTION_KEYS, at),
    ...checkClass(`${at}.service`, value.service, methods),
    ...checkOption(at, value, 'when', isFunction, 'a function of a job and its type'),
    ...checkOverride(at, value),
  ];
}

function checkType(at: string, value: unknown): string[] {
  if (!isPlain(value))
    return [`${at} is ${kindOf(value)}. Write { service: YourProgressManager } or { run: async (job, context) => … }.`];
  return [
    ...unknownKeys(value, TYPE_KEYS, at),
    ...checkWork(at, value),
    ...checkActions(`${at}.action`, value.action),
    ...checkOption(at, value, 'label', (label) => typeof label === 'string' && label !== '', 'a text'),
    ...checkOption(at, value, 'schema', isStandardSchema, 'a Standard Schema, for example z.object({ … })'),
    ...checkOption(at, value, 'whenWorkerLost', (what) => what === 'resume' || what === 'error', '"resume" or "error"'),
    ...checkRetry(at, value),
    ...checkOption(at, value, 'isolation', (how) => how === 'inline' || how === 'process', '"inline" or "process"'),
    ...checkOption(at, value, 'memoryMb', (size) => isWhole(size, 32, 65_536), 'a whole number of MiB, 32 to 65536'),
    ...checkOption(at, value, 'maxSliceMs', (time) => isWhole(time, 100, WEEK_MS), 'whole milliseconds, 100 to 7 days'),
    ...checkLimits(at, value),
    ...checkOption(at, value, 'throttle', isFunction, 'a function that gives milliseconds to wait, or nothing'),
    ...checkOption(at, value, 'keyScope', (scope) => scope === 'type' || scope === 'owner', '"type" or "owner"'),
    ...checkOption(at, value, 'retryItems', (retry) => typeof retry === 'function', 'a function of a job and keys'),
    ...checkPhases(at, value),
    ...checkVersion(at, value),
    ...checkOption(at, value, 'access', isAccess, '{ start: "users" } or { start: "admins" }'),
    ...checkOverride(at, value),
  ];
}

function checkLimits(at: string, value: Plain): string[] {
  const { rate } = value;
  const unknown = isPlain(rate) ? unknownKeys(rate, RATE_KEYS, `${at}.rate`) : [];
  const isRate = (given: unknown) => isPlain(given) && isWhole(given.limit, 1, 1000) && isWhole(given.per, 1, WEEK_MS);
  return [
    ...['limit', 'limitPerOwner', 'limitPerGroup'].flatMap((key) =>
      checkOption(at, value, key, (limit) => isWhole(limit, 1, 1_000_000), 'a whole number of jobs, 1 to 1000000'),
    ),
    ...(unknown.length > 0
      ? unknown
      : checkOption(at, value, 'rate', isRate, '{ limit: 1 to 1000, per: whole milliseconds up to 7 days }')),
  ];
}

/** A version is raised because data has changed its shape: what older jobs have must be brought there. */
function checkVersion(at: string, value: Plain): string[] {
  const { version, migrate } = value;
  const wrong = [
    ...checkOption(
      at,
      value,
      'version',
      (each) => isWhole(each, 1, MOST_VERSION),
      `a whole number, 1 to ${MOST_VERSION}`,
    ),
    ...checkOption(at, value, 'migrate', (each) => typeof each === 'function', 'a function of data and its version'),
  ];
  if (wrong.length > 0) return wrong;
  const isRaised = version !== undefined && version !== 1;
  if (isRaised && migrate === undefined) {
    return [
      `${at}.version is ${version}, but ${at} has no migrate. Add migrate(data, from), which gives data of version "from" as "from + 1" has it; (data) => data where they are alike.`,
    ];
  }
  if (!isRaised && migrate !== undefined) return [`${at}.migrate is never called: ${at}.version is 1. Raise it to 2.`];
  return [];
}

function checkRetry(at: string, value: Plain): string[] {
  const { retry } = value;
  const unknown = isPlain(retry) ? unknownKeys(retry, RETRY_KEYS, `${at}.retry`) : [];
  if (isPlain(retry) && isPlain(retry.backoff)) {
    unknown.push(...unknownKeys(retry.backoff, BACKOFF_KEYS, `${at}.retry.backoff`));
  }
  if (unknown.length > 0) return unknown;
  const wanted =
    '{ attempts: 1 to 100, backoff: { firstMs, mostMs } }, whole milliseconds up to 7 days, firstMs at most mostMs';
  return checkOption(at, value, 'retry', isRetryPolicy, wanted);
}

function checkPhases(at: string, { phases }: Plain): string[] {
  if (phases === undefined) return [];
  if (!Array.isArray(phases) || phases.length < 1 || phases.length > MOST_PHASES)
    return [`${at}.phases must be a list of 1 to ${MOST_PHASES}, for example ['Read', { name: 'Write', weight: 3 }].`];
  const faults = phases.flatMap((phase, index) => checkPhase(`${at}.phases[${index}]`, phase));
  const names = phases.map((phase) => (isPlain(phase) ? phase.name : phase));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (faults.length > 0 || twice === undefined) return faults;
  return [`${at}.phases has "${twice}" twice. Give each phase a name of its own.`];
}

function checkPhase(at: string, phase: unknown): string[] {
  const { name, weight = 1 } = isPlain(phase) ? phase : { name: phase };
  if (isPlain(phase) && Object.keys(phase).some((key) => !PHASE_KEYS.includes(key)))
    return unknownKeys(phase, PHASE_KEYS, at);
  const fits = typeof name === 'string' && name.isWellFormed() && /^\P{Control}+$/u.test(name.trim());
  if (!fits || name.length > MOST_PHASE_NAME) return [`${at} needs a name of 1 to ${MOST_PHASE_NAME} characters.`];
  if (typeof weight === 'number' && weight > 0 && Number.isFinite(weight)) return [];
  return [`${at}.weight must be a number over 0: how much of the bar the phase takes beside the others.`];
}

function checkWork(at: string, value: Plain): string[] {
  const { service, run } = value;
  if (service !== undefined && run !== undefined) return [`${at} has both service and run. Keep one of them.`];
  if (service === undefined && run === undefined && 'service' in value) {
    return [`${at}.service is undefined. Check the import of its class.`];
  }
  if (service === undefined && run === undefined) return [`${at} has neither service nor run. Give it one of them.`];
  if (run !== undefined)
    return typeof run === 'function' ? [] : [`${at}.run is ${kindOf(run)}. It must be a function.`];
  return checkClass(`${at}.service`, service, ['executeProgressJob', 'getProgress', 'getStatus']);
}

function checkActions(at: string, value: unknown): string[] {
  return eachEntry(
    value,
    at,
    (entry, keys, status) => {
      if (!isStatus(status)) return [`${entry}: there is no status "${status}". ${nearest(status, STATUSES)}`];
      const fits = Array.isArray(keys) && keys.every((key) => typeof key === 'string');
      return fits ? [] : [`${entry} must be a list of action keys, for example ['cancel'].`];
    },
    /^/,
  );
}

function eachEntry(
  value: unknown,
  at: string,
  check: (at: string, value: unknown, key: string) => string[],
  name: RegExp = NAME,
): string[] {
  if (value === undefined) return [];
  if (!isPlain(value)) return [`${at} is ${kindOf(value)}. It must be an object.`];
  return Object.getOwnPropertyNames(value).flatMap((key) => {
    if (PROTOTYPE_KEYS.includes(key))
      return [`${at} has the key "${key}", which would change every object. Rename it.`];
    if (!name.test(key))
      return [`${at}: the key "${key}" must be 1 to 100 letters, digits, "_", "-" or ".", beginning with a letter.`];
    return check(`${at}.${key}`, value[key], key);
  });
}

function isStandardSchema(value: unknown): boolean {
  const standard = (value as { '~standard'?: { validate?: unknown } } | null)?.['~standard'];
  return typeof standard?.validate === 'function';
}

function isAccess(value: unknown): boolean {
  return (
    isPlain(value) &&
    Object.keys(value).every((key) => key === 'start') &&
    [undefined, 'users', 'admins'].includes(value.start as undefined)
  );
}

/** What a SMALLINT holds. */
const MOST_VERSION = 32_767;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

function isRetryPolicy(value: unknown): boolean {
  if (!isPlain(value) || !isWhole(value.attempts, 1, 100)) return false;
  if (value.backoff === undefined) return true;
  if (!isPlain(value.backoff)) return false;
  const { firstMs = 1, mostMs = WEEK_MS } = value.backoff;
  return isWhole(firstMs, 1, WEEK_MS) && isWhole(mostMs, 1, WEEK_MS) && (firstMs as number) <= (mostMs as number);
}

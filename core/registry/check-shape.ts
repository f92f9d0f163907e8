import { Container } from 'inversify';
import type { ClassOf } from '../contracts/config.js';
import { HOOK_NAMES } from '../contracts/hook.js';
import { isStatus, STATUSES } from '../contracts/status.js';
import { nearest } from './nearest.js';

const CONFIG_KEYS = ['actionService', 'statusAction', 'type', 'services', 'hook'];
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
  'override',
];
const LATER_TYPE_KEYS = ['limit', 'limitPerOwner', 'rate', 'throttle', 'keyScope'];
const RETRY_KEYS = ['attempts', 'backoff'];
const BACKOFF_KEYS = ['firstMs', 'mostMs'];
const ACTION_KEYS = ['service', 'override', 'when'];
/** Keys that would reach an object's prototype when it is merged. */
const PROTOTYPE_KEYS = ['__proto__', 'constructor', 'prototype'];
/** What fits the columns, a URL and a log line. */
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/;

type Plain = Readonly<Record<string, unknown>>;

/** Everything that is wrong with the default export of a config, a sentence each. */
export function checkShape(config: unknown): string[] {
  if (!isPlain(config) || config instanceof Promise) {
    return [`the default export is ${kindOf(config)}. Export the object that defineProgressManager gives back.`];
  }
  return [
    ...unknownKeys(config, CONFIG_KEYS, 'the config'),
    ...eachEntry(config.actionService, 'actionService', checkAction),
    ...eachEntry(config.type, 'type', checkType),
    ...eachEntry(config.services, 'services', (at, value) => checkClass(at, value, [])),
    ...checkActions('statusAction', config.statusAction),
    ...checkHooks(config.hook),
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
    ...checkOption(at, value, 'when', (when) => typeof when === 'function', 'a function of a job and its type'),
    ...checkOverride(at, value),
  ];
}

function checkType(at: string, value: unknown): string[] {
  if (!isPlain(value))
    return [`${at} is ${kindOf(value)}. Write { service: YourProgressManager } or { run: async (job, context) => … }.`];
  return [
    ...unknownKeys(value, TYPE_KEYS, at, LATER_TYPE_KEYS),
    ...checkWork(at, value),
    ...checkActions(`${at}.action`, value.action),
    ...checkOption(at, value, 'label', (label) => typeof label === 'string' && label !== '', 'a text'),
    ...checkOption(at, value, 'schema', isStandardSchema, 'a Standard Schema, for example z.object({ … })'),
    ...checkOption(at, value, 'whenWorkerLost', (what) => what === 'resume' || what === 'error', '"resume" or "error"'),
    ...checkRetry(at, value),
    ...checkOption(at, value, 'isolation', (how) => how === 'inline' || how === 'process', '"inline" or "process"'),
    ...checkOption(at, value, 'memoryMb', (size) => isWhole(size, 32, 65_536), 'a whole number of MiB, 32 to 65536'),
    ...checkOption(at, value, 'maxSliceMs', (time) => isWhole(time, 100, WEEK_MS), 'whole milliseconds, 100 to 7 days'),
    ...checkVersion(at, value),
    ...checkOption(at, value, 'access', isAccess, '{ start: "users" } or { start: "admins" }'),
    ...checkOverride(at, value),
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

/** A class with these methods, whose constructor parameters the container can fill. */
function checkClass(at: string, value: unknown, methods: readonly string[]): string[] {
  if (typeof value !== 'function' || value.prototype === undefined) {
    return [`${at} is ${kindOf(value)}. It must be a class, imported and named without quotes.`];
  }
  const missing = methods.filter((method) => typeof value.prototype[method] !== 'function');
  if (missing.length > 0) return [`${at}: the class ${value.name} has no method ${missing.join(', ')}. Add it.`];
  return checkInjection(at, value as unknown as ClassOf<unknown>);
}

function checkInjection(at: string, service: ClassOf<unknown>): string[] {
  try {
    new Container().bind(service).toSelf();
    return [];
  } catch {
    return [
      `${at}: a constructor parameter of the class ${service.name} has no @inject. Write @inject('key') before each of them.`,
    ];
  }
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

function checkOption(
  at: string,
  value: Plain,
  key: string,
  fits: (value: unknown) => boolean,
  wanted: string,
): string[] {
  return value[key] === undefined || fits(value[key]) ? [] : [`${at}.${key} must be ${wanted}.`];
}

function checkOverride(at: string, value: Plain): string[] {
  return checkOption(at, value, 'override', (override) => typeof override === 'boolean', 'true or false');
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

function unknownKeys(value: Plain, known: readonly string[], at: string, later: readonly string[] = []): string[] {
  return Object.getOwnPropertyNames(value)
    .filter((key) => !known.includes(key))
    .map((key) => {
      if (later.includes(key)) return `${at}.${key} is not available in this version. Leave it out.`;
      if (PROTOTYPE_KEYS.includes(key))
        return `${at} has the key "${key}", which would change every object. Remove it.`;
      return `${at} has an unknown key "${key}". ${nearest(key, known)}`;
    });
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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

const isWhole = (value: unknown, from: number, to: number) =>
  Number.isInteger(value) && (value as number) >= from && (value as number) <= to;

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

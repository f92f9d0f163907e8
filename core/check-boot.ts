import { statSync } from 'node:fs';
import { type BootOptions, fileOf, USUAL } from './boot-options.js';
import { ConfigurationError } from './contracts/errors.js';
import { nearest } from './registry/nearest.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

type Check = (value: unknown) => boolean;
type Rule = { readonly fits: Check; readonly wanted: string };

const whole = (from: number, to: number, unit: string): Rule => ({
  fits: (value) => Number.isInteger(value) && (value as number) >= from && (value as number) <= to,
  wanted: `a whole number from ${from} to ${to} (${unit})`,
});
const path: Rule = {
  fits: (value) => (typeof value === 'string' && value !== '') || value instanceof URL,
  wanted: 'a path or a URL',
};
const flag: Rule = { fits: (value) => typeof value === 'boolean', wanted: 'true or false' };
const object: Rule = {
  fits: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  wanted: 'an object',
};
const call: Rule = { fits: (value) => typeof value === 'function', wanted: 'a function' };
const logger: Rule = {
  fits: (value) => ['debug', 'info', 'warn', 'error'].every((level) => isMethod(value, level)),
  wanted: 'an object with debug, info, warn and error',
};

/** What each option must be. The bounds are those that a program can work with, wider than those of the settings. */
const RULES: Readonly<Record<Exclude<keyof BootOptions, 'root' | 'databaseUrl'>, Rule>> = {
  tables: object,
  filesDir: { fits: (value) => typeof value === 'string' && value !== '', wanted: 'a path' },
  webDir: { fits: (value) => typeof value === 'string' && value !== '', wanted: 'a path' },
  migrate: flag,
  logger,
  limit: whole(1, 1000, 'slices at once'),
  intervalMs: whole(1, HOUR_MS, 'milliseconds'),
  beatMs: whole(1, HOUR_MS, 'milliseconds'),
  sliceMs: whole(0, HOUR_MS, 'milliseconds'),
  leaseMs: whole(10, 24 * HOUR_MS, 'milliseconds'),
  graceMs: whole(0, HOUR_MS, 'milliseconds'),
  pool: whole(1, 10_000, 'connections'),
  uploadMax: whole(1, 1024 ** 4, 'bytes'),
  keepDays: whole(0, 36_500, 'days, 0 keeps finished jobs'),
  services: object,
  servicesFrom: path,
  watchdog: flag,
  modules: object,
  boundNow: call,
  debugSink: call,
  secretKeys: {
    fits: (value) => Array.isArray(value) && value.every((key) => typeof key === 'string'),
    wanted: 'a list of "id:key"',
  },
  seam: object,
};

/** Throws ConfigurationError with every option that is unknown, missing or cannot be, alone or beside another. */
export function checkBootOptions(options: BootOptions): void {
  if (!object.fits(options)) {
    throw new ConfigurationError(['boot: the options are missing. Write boot({ root, databaseUrl }).']);
  }
  const faults = [
    ...unknownOptions(options),
    ...wrongOptions(options),
    ...faultsOfLease(options),
    ...faultsOfRoot(options.root),
    ...faultsOfAddress(options.databaseUrl),
  ];
  if (faults.length > 0) throw new ConfigurationError(faults.map((fault) => `boot: ${fault}`));
}

function unknownOptions(options: object): string[] {
  const known = ['root', 'databaseUrl', ...Object.keys(RULES)];
  return Object.keys(options)
    .filter((option) => !known.includes(option))
    .map((option) => `there is no option "${option}". ${nearest(option, known)}`);
}

/** A value is repeated only where it is a number: another may be a secret. */
function wrongOptions(options: BootOptions): string[] {
  return Object.entries(RULES).flatMap(([option, { fits, wanted }]) => {
    const value = options[option as keyof typeof RULES];
    if (value === undefined || fits(value)) return [];
    return [`${option} must be ${wanted}${typeof value === 'number' ? `; it is ${value}` : ''}.`];
  });
}

/** As in the settings of the command line. A lease on a clock that a test moves cannot be held against a beat in real time. */
function faultsOfLease({ leaseMs = USUAL.leaseMs, beatMs = USUAL.beatMs, boundNow }: BootOptions): string[] {
  const areSound = RULES.leaseMs.fits(leaseMs) && RULES.beatMs.fits(beatMs);
  if (!areSound || boundNow || leaseMs >= 3 * beatMs) return [];
  return [
    `leaseMs must be at least 3 × beatMs: the lease is renewed by the beat at each third; it is ${leaseMs}, and beatMs is ${beatMs}. Give a longer lease or a shorter beat.`,
  ];
}

function faultsOfAddress(url: unknown): string[] {
  if (typeof url === 'string') return [];
  return ['databaseUrl is missing. Give "sqlite:<path>" or "mysql://user:password@host:port/database".'];
}

function faultsOfRoot(root: unknown): string[] {
  if (!path.fits(root))
    return ['root is missing. Give the folder that holds "modules", for example import.meta.dirname.'];
  const folder = fileOf(root as string | URL);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return [];
  return [`root is ${folder}, which is ${found ? 'no folder' : 'not there'}. Give the folder that holds "modules".`];
}

function isMethod(value: unknown, name: string): boolean {
  return typeof (value as Record<string, unknown> | null | undefined)?.[name] === 'function';
}

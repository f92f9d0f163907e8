import { ConfigurationError, LOG_LEVELS, type LogLevel, nearest } from 'progress-manager';
import { z } from 'zod';
import { databaseUrl, secretKeys, size, whole } from './setting-kinds.js';

/** What the environment decides, read once at start. Times are milliseconds, sizes bytes. */
export interface Settings {
  readonly databaseUrl: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly limit: number;
  readonly intervalMs: number;
  readonly beatMs: number;
  readonly sliceMs: number;
  readonly leaseMs: number;
  readonly pool: number;
  readonly graceMs: number;
  readonly uploadMax: number;
  /** Days; 0: for ever. */
  readonly keepDays: number;
  readonly filesDir: string;
  /** `id:key` each; none: no secrets. */
  readonly secretKeys: readonly string[];
  readonly logLevel: LogLevel;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Every variable with its range and default; a default is written as a person would write it. */
const VARIABLES = {
  DATABASE_URL: databaseUrl().prefault('sqlite:./data/progress-manager.sqlite'),
  HOST: z.string().prefault('127.0.0.1'),
  PORT: whole(0, 65_535, 'a port, 0 for any free one').prefault('3000'),
  PM_LIMIT: whole(1, 100, 'slices at once').prefault('5'),
  PM_INTERVAL_MS: whole(10, HOUR_MS, 'milliseconds').prefault('1000'),
  PM_BEAT_MS: whole(10, MINUTE_MS, 'milliseconds').prefault('1000'),
  PM_SLICE_MS: whole(1, HOUR_MS, 'milliseconds').prefault('1000'),
  PM_LEASE_MS: whole(100, 24 * HOUR_MS, 'milliseconds').prefault('30000'),
  PM_POOL: whole(1, 1000, 'connections').optional(),
  PM_GRACE_MS: whole(0, HOUR_MS, 'milliseconds').prefault('8000'),
  PM_UPLOAD_MAX: size().prefault('1GB'),
  PM_KEEP_DAYS: whole(0, 36_500, 'days, 0 to keep finished jobs for ever').prefault('30'),
  PM_SECRET_KEY: secretKeys().optional(),
  PM_FILES_DIR: z.string().prefault('./data/files'),
  PM_LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).prefault('info'),
};

const POOL_BEYOND_LIMIT = { least: 2, usual: 5 };

const Environment = z
  .object(VARIABLES)
  .refine(({ PM_LEASE_MS, PM_BEAT_MS }) => PM_LEASE_MS >= 3 * PM_BEAT_MS, {
    path: ['PM_LEASE_MS'],
    error: 'must be at least 3 × PM_BEAT_MS: the lease is renewed by the beat at each third',
    when: whenSound('PM_LEASE_MS', 'PM_BEAT_MS'),
  })
  .refine(({ PM_POOL, PM_LIMIT }) => PM_POOL === undefined || PM_POOL >= PM_LIMIT + POOL_BEYOND_LIMIT.least, {
    path: ['PM_POOL'],
    error: `must be at least PM_LIMIT + ${POOL_BEYOND_LIMIT.least}: each slice may hold a connection, and the beat needs one too`,
    when: whenSound('PM_POOL', 'PM_LIMIT'),
  });

/** Reads the environment; an empty variable counts as not set. Throws ConfigurationError with every fault at once. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = Environment.safeParse(given);
  const faults = [
    ...faultsOfNames(Object.keys(given)),
    ...(result.error?.issues ?? []).map(({ path: [name], message }) => sentence(String(name), message, given)),
  ];
  if (faults.length > 0 || !result.success) throw new ConfigurationError(faults);
  return toSettings(result.data);
}

function toSettings(values: z.output<typeof Environment>): Settings {
  return {
    databaseUrl: values.DATABASE_URL,
    host: values.HOST,
    port: values.PORT,
    limit: values.PM_LIMIT,
    intervalMs: values.PM_INTERVAL_MS,
    beatMs: values.PM_BEAT_MS,
    sliceMs: values.PM_SLICE_MS,
    leaseMs: values.PM_LEASE_MS,
    pool: values.PM_POOL ?? values.PM_LIMIT + POOL_BEYOND_LIMIT.usual,
    graceMs: values.PM_GRACE_MS,
    uploadMax: values.PM_UPLOAD_MAX,
    keepDays: values.PM_KEEP_DAYS,
    filesDir: values.PM_FILES_DIR,
    secretKeys: values.PM_SECRET_KEY ?? [],
    logLevel: values.PM_LOG_LEVEL,
  };
}

function faultsOfNames(names: readonly string[]): readonly string[] {
  const known = Object.keys(VARIABLES);
  return names
    .filter((name) => name.startsWith('PM_') && !known.includes(name))
    .map(
      (name) =>
        `${name} is not a setting. ${nearest(
          name,
          known.filter((each) => each.startsWith('PM_')),
        )}`,
    );
}

/** What may not be repeated: an address may hold a password. */
const UNSPOKEN: readonly string[] = ['DATABASE_URL', 'PM_SECRET_KEY'];

/** Only plain settings are repeated. */
function sentence(name: string, message: string, given: Readonly<Record<string, unknown>>): string {
  const isRepeated = !UNSPOKEN.includes(name) && name in given;
  return `${name} ${message}${isRepeated ? `; it is "${given[name]}"` : ''}.`;
}

/** A rule between two variables is asked only when both are right by themselves. */
function whenSound(...names: readonly string[]) {
  return ({ issues }: { readonly issues: readonly { readonly path?: readonly PropertyKey[] | undefined }[] }) =>
    !issues.some(({ path }) => names.includes(String(path?.[0])));
}

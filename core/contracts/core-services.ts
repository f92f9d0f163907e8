/** Keys that core itself puts into the container: no module and no application may take one. */
const CORE_SERVICES = [
  'progressManager',
  'registry',
  'loop',
  'jobStore',
  'jobLog',
  'jobItems',
  'jobActions',
  'jobEvents',
  'telling',
  'accessStore',
  'signIn',
  'migrator',
  'database',
  'knex',
  'tables',
  'logger',
  'create',
  'methodOf',
] as const;

export function isCoreService(key: string): key is CoreService {
  return (CORE_SERVICES as readonly string[]).includes(key);
}

export type CoreService = (typeof CORE_SERVICES)[number];

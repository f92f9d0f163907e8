/** Keys that core itself puts into the container: no module and no application may take one. */
export const CORE_SERVICES = [
  'progressManager',
  'registry',
  'loop',
  'jobStore',
  'jobActions',
  'jobEvents',
  'accessStore',
  'signIn',
  'migrator',
  'database',
  'knex',
  'tables',
  'logger',
] as const;

export type CoreService = (typeof CORE_SERVICES)[number];

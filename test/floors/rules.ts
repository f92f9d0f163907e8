import { type Import, isPackage } from './imports.js';

/** Rooms of core from the ground up: a file imports from floors below, and from its own room. */
const FLOORS: readonly (readonly string[])[] = [
  ['core/contracts/', 'core/cron/'],
  ['core/registry/', 'core/store/', 'core/services/', 'core/logging/', 'core/secrets/', 'core/hooks/'],
  // Core's own config stands where a module's would: on the services it declares.
  ['core/loop/', 'core/actions/', 'core/waiting/', 'core/upkeep/', 'core/explain/', 'core/schedule/', 'core/configs/'],
  [
    'core/progress-manager.ts',
    'core/pushing.ts',
    'core/pushing-again.ts',
    'core/preparing.ts',
    'core/push-files.ts',
    'core/push-answers.ts',
    'core/check-push.ts',
    'core/push-list.ts',
    'core/check-secrets.ts',
    'core/check-notifications.ts',
    'core/check-filter.ts',
    'core/check-query.ts',
    'core/items-csv.ts',
    'core/types-for.ts',
    'core/job-ref.ts',
    'core/every-job.ts',
  ],
  ['core/http/'],
  ['core/container/'],
  ['core/app.ts', 'core/boot-options.ts'],
  ['core/check-boot.ts'],
  ['core/load-modules.ts'],
  ['core/commands.ts'],
  ['core/boot.ts', 'core/child.ts'],
  ['core/testing/'],
  ['core/index.ts'],
];

/** The façade is one room in several files. */
const SHARED_FLOORS = [3];

/** How high a file stands; `undefined` for one that no floor holds. */
export function floorOf(file: string): number | undefined {
  const floor = FLOORS.findIndex((rooms) => rooms.some((room) => file.startsWith(room)));
  return floor < 0 ? undefined : floor;
}

/** To a floor above, or to a neighbour's room. */
export function goesUp({ from, to }: Import): boolean {
  if (isPackage(to) || to.startsWith('migrations/')) return false;
  const [here, there] = [floorOf(from) ?? -1, floorOf(to) ?? Number.POSITIVE_INFINITY];
  if (here !== there) return there > here;
  return !SHARED_FLOORS.includes(here) && roomOf(from) !== roomOf(to);
}

function roomOf(file: string): string | undefined {
  return FLOORS.flat().find((room) => file.startsWith(room));
}

/** By name or by path. */
export function usesTheDoor({ to }: Import): boolean {
  return to === 'progress-manager' || to === 'core/index.ts';
}

/** A module's own folder, or `config/`. */
export function homeOf(file: string): string {
  return `${file
    .split('/')
    .slice(0, file.startsWith('modules/') ? 2 : 1)
    .join('/')}/`;
}

/** A test of a module that needs this repository, or what such tests share; `*.test.ts` there need only the module. */
export function isSpec(file: string): boolean {
  return /^modules\/[^/]+\/test\//.test(file) && !file.endsWith('.test.ts');
}

/** As a failure shows it. */
export function written({ from, to, isType }: Import): string {
  return `${from} imports ${isType ? 'type ' : ''}${to}`;
}

/** The files of one circle, the first again at its end; empty when there is none. */
export function circleIn(imports: readonly Import[]): string[] {
  const targetsOf = (file: string) =>
    imports.filter(({ from, to }) => from === file && !isPackage(to)).map(({ to }) => to);
  const cleared = new Set<string>();
  const walk = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (cleared.has(file)) return [];
    for (const to of targetsOf(file)) {
      const circle = walk(to, [...path, file]);
      if (circle.length > 0) return circle;
    }
    cleared.add(file);
    return [];
  };
  for (const file of new Set(imports.map(({ from }) => from))) {
    const circle = walk(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

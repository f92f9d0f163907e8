import { type Finding, ok, warning } from './finding.js';

const GIB = 1024 ** 3;
const LEAST_SHARE = 0.05;

/** What is free for this user, and all there is, bytes. */
export interface Space {
  readonly free: number;
  readonly total: number;
}

/** `what` lies there: `files`, `database`. */
export function judgeDisk(what: string, path: string, { free, total }: Space): Finding {
  const name = `${what} disk`;
  const percent = total === 0 ? 100 : Math.floor((100 * free) / total);
  const said = `${(free / GIB).toFixed(1)} GiB (${percent} %) are free at ${path}`;
  if (free >= GIB && free >= LEAST_SHARE * total) return ok(name, `${said}.`);
  return warning(
    name,
    `Only ${said}.`,
    'Make room there: prune finished jobs ("progress-manager prune --days 7"), or use a larger disk.',
  );
}

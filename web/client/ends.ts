import { isUnfinished, type JobView } from './job.js';

/** Fired on the document, with the jobs as `detail`, when a list that is shown has seen jobs end. */
export const ENDED = 'pm-ended';

declare global {
  interface DocumentEventMap {
    [ENDED]: CustomEvent<readonly JobView[]>;
  }
}

/**
 * The jobs of a list that have ended since it was seen before: they were unfinished then, or were pushed and ended since.
 * Nothing, where it was not seen before.
 */
export function endsIn(known: readonly JobView[] | undefined, list: readonly JobView[]): readonly JobView[] {
  if (known === undefined) return [];
  const wasUnfinished = new Set(known.filter(isUnfinished).map(({ id }) => id));
  const newest = Math.max(0, ...known.map(({ number }) => number));
  return list.filter((job) => !isUnfinished(job) && (wasUnfinished.has(job.id) || job.number > newest));
}

/** Tells whoever on the page wants to know. */
export function tellEnds(ended: readonly JobView[]): void {
  if (ended.length > 0) document.dispatchEvent(new CustomEvent(ENDED, { detail: ended }));
}

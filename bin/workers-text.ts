import { hostname } from 'node:os';
import type { WorkerView } from '../core/progress-manager.js';
import { SILENT_MS } from '../core/store/workers.js';
import { isProcess } from '../core/upkeep/is-process.js';
import type { Output } from './output.js';
import { type Column, formatTable } from './table.js';

/** `silent`: it has missed more than one sign of life; `gone`: and on this machine, where it was, it runs no more. */
export type Standing = 'there' | 'silent' | 'gone';

export type StandingWorker = WorkerView & { readonly standing: Standing };

/** How a worker stands, as far as it can be told from here. */
export function standingOf({ worker, silentMs }: Pick<WorkerView, 'worker' | 'silentMs'>): Standing {
  if (silentMs < SILENT_MS) return 'there';
  const [, host, pid] = /^(.*):(\d+)$/.exec(worker) ?? [];
  return host === hostname() && !isProcess(Number(pid)) ? 'gone' : 'silent';
}

/** Only where there are any: slices that go on although they were told to stop. */
const LEFT: Column<StandingWorker> = {
  title: 'LEFT SLICES',
  value: ({ leftSlices }) => String(leftSlices),
  align: 'right',
};

/** Workers as a table; in a terminal those that are silent or gone stand out. */
export function workersText(workers: readonly StandingWorker[], output: Output): string {
  if (workers.length === 0) return 'No worker runs. Start one with "progress-manager work", or "serve".';
  const paint: Column<StandingWorker>['paint'] = (text, { standing }) =>
    standing === 'there' ? text : output.colour(standing === 'gone' ? 'red' : 'yellow', text);
  const columns: readonly Column<StandingWorker>[] = [
    { title: 'WORKER', value: ({ worker }) => worker },
    { title: 'PLACES', value: ({ places }) => String(places), align: 'right' },
    { title: 'SEEN', value: seenText, paint },
    ...(workers.some(({ leftSlices }) => leftSlices > 0) ? [LEFT] : []),
    { title: 'TYPES', value: ({ types }) => types.join(', '), isFlexible: true },
  ];
  return formatTable(columns, workers, output.width);
}

function seenText({ standing, silentMs }: StandingWorker): string {
  const seconds = `${Math.round(silentMs / 1000)} s`;
  if (standing === 'there') return `${seconds} ago`;
  return `${standing === 'gone' ? 'gone, ' : ''}silent for ${seconds}`;
}

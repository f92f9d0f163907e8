import type { App, Job, PushOptions } from 'progress-manager';
import { STATUS_WORDS } from 'progress-manager';

interface DemoJob {
  readonly name: string;
  readonly type: string;
  readonly data: unknown;
  readonly options: PushOptions & { readonly id: string };
}

const OWNER = 'admin';

/** Each has a fixed id: pushed again after a restart, it is the job that is there already, ended or not. */
function jobsOf(csv: string): readonly DemoJob[] {
  return [
    {
      name: 'Import of places',
      type: 'import',
      data: { table: 'place' },
      options: { id: '01990000-0000-7000-8000-000000000001', userId: OWNER, files: [{ path: csv }] },
    },
    {
      name: 'Export of places',
      type: 'export',
      data: { table: 'place' },
      options: { id: '01990000-0000-7000-8000-000000000002', userId: OWNER },
    },
    {
      name: 'Mass update of places',
      type: 'massUpdate',
      data: { table: 'place', where: [], values: { reviewed: true } },
      options: { id: '01990000-0000-7000-8000-000000000003', userId: OWNER },
    },
  ];
}

/** Pushes one job after the other, each when the one before has succeeded, and says how they end. */
export async function runDemoJobs(
  app: App,
  csv: string,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  const manager = app.container.get('progressManager');
  for (const { name, type, data, options } of jobsOf(csv)) {
    const { id, number, created } = await manager.push(name, type, data, options);
    say(`Job ${number}, ${name}: ${created ? 'pushed' : 'was pushed before'}`);
    const job = await manager.wait(id, { signal });
    say(endOf(job));
    if (job.status !== 'success') return;
  }
}

function endOf({ number, name, status, counts, error }: Job): string {
  const words = error?.message ?? `${counts.processed.toLocaleString('en')} places`;
  return `Job ${number}, ${name}: ${STATUS_WORDS[status].label.toLowerCase()}, ${words}`;
}

import { type Command, Option } from 'commander';
import type { JobFilter } from '../../core/contracts/job-store.js';
import { listedJob } from '../../core/http/job-view.js';
import { ADMIN } from '../admin.js';
import { list, statuses, wholeNumber } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { listText } from '../job-text.js';
import { withApp } from '../open-app.js';

interface ListOptions extends Pick<JobFilter, 'status' | 'type' | 'parent' | 'limit' | 'cursor'> {
  readonly user?: string;
  readonly q?: string;
  readonly search?: string;
  readonly closed?: true;
  readonly hidden?: true;
}

/** `list`: a page of jobs, unfinished ones first, then the newest. */
export function addList(program: Command, context: CommandContext): void {
  program
    .command('list')
    .description('list jobs: unfinished ones first, then the newest')
    .option('--status <statuses>', 'only these, separated by commas', statuses)
    .option('--type <types>', 'only these, separated by commas', list)
    .option('--user <id>', 'only those of this owner')
    .option('--q <text>', 'part of a name, or a whole id or number')
    .addOption(new Option('--search <text>', 'the same').hideHelp())
    .option('--parent <job>', 'only those that this job added, by its id or number; also hidden ones')
    .option('--closed', 'the closed ones')
    .option('--hidden', 'the hidden ones')
    .option('--limit <number>', '1 to 200, 15 by default', wholeNumber)
    .option('--cursor <text>', 'the page after: nextCursor of the page before')
    .action((options: ListOptions) => listJobs(context, options));
}

function listJobs(context: CommandContext, options: ListOptions): Promise<void> {
  return withApp(context, async ({ container }) => {
    const manager = container.get('progressManager');
    const { list: jobs, total, totalIsCapped, nextCursor } = await manager.find(filterOf(options));
    const views = await Promise.all(jobs.map((job) => listedJob(job, ADMIN, manager)));
    context.output.result({ total, totalIsCapped, list: views, nextCursor: nextCursor ?? null }, () => {
      const table = listText(views, context.output);
      if (nextCursor === undefined) return table;
      return `${table}\n${views.length} of ${total}${totalIsCapped ? ' or more' : ''}; the next: --cursor ${nextCursor}`;
    });
  });
}

function filterOf({ user, q, search, closed, hidden, ...same }: ListOptions): JobFilter {
  return { ...same, userId: user, q: q ?? search, isClosed: closed, isHidden: hidden };
}

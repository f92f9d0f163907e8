import type { Command } from 'commander';
import { JobNotFoundError } from '../../core/contracts/errors.js';
import { singleJob } from '../../core/http/job-view.js';
import { ADMIN } from '../admin.js';
import type { CommandContext } from '../command-context.js';
import { jobText } from '../job-text.js';
import { withApp } from '../open-app.js';

/** `show <job>`: all about one job. */
export function addShow(program: Command, context: CommandContext): void {
  program
    .command('show')
    .description('show all about a job')
    .argument('<job>', 'its id or number')
    .action((ref: string) => show(context, ref));
}

function show(context: CommandContext, ref: string): Promise<void> {
  return withApp(context, async ({ container }) => {
    const manager = container.get('progressManager');
    const job = await manager.get(ref);
    if (job === undefined) throw new JobNotFoundError(ref);
    const view = await singleJob(job, ADMIN, manager);
    const told = await manager.messages(job.id);
    context.output.result({ ...view, told }, () => jobText(view, told, context.output));
  });
}

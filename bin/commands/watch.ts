import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { EXIT } from '../exit-code.js';
import { withApp } from '../open-app.js';
import { progressLine } from '../progress-bar.js';
import { changesOf } from '../watch-job.js';

/** `watch <job>`: its bar until it has ended; in a terminal drawn in place, elsewhere a line for each change. */
export function addWatch(program: Command, context: CommandContext): void {
  program
    .command('watch')
    .description('follow a job to its end; fails when the job does not succeed')
    .argument('<job>', 'its id or number')
    .action((ref: string) => watch(context, ref));
}

function watch(context: CommandContext, ref: string): Promise<void> {
  return withApp(context, async ({ container }) => {
    let status = '';
    for await (const job of changesOf(container.get('progressManager'), ref, context.output)) {
      context.output.change(job, (width) => progressLine(job, width));
      status = job.status.key;
    }
    context.output.endChanges();
    if (status !== 'success') context.exitWith(EXIT.failed);
  });
}

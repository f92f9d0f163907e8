import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { withApp } from '../open-app.js';
import { standingOf, workersText } from '../workers-text.js';

/** `workers`: the processes that carry jobs, as they last said, and which of them say nothing any more. */
export function addWorkers(program: Command, context: CommandContext): void {
  program
    .command('workers')
    .description('list the processes that carry jobs')
    .action(() => listWorkers(context));
}

function listWorkers(context: CommandContext): Promise<void> {
  return withApp(context, async ({ container }) => {
    const workers = await container.get('progressManager').workers();
    const list = workers.map((worker) => ({ ...worker, standing: standingOf(worker) }));
    context.output.result({ list }, () => workersText(list, context.output));
  });
}

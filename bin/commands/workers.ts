import type { Command } from 'commander';
import type { WorkerView } from '../../core/progress-manager.js';
import type { CommandContext } from '../command-context.js';
import { withApp } from '../open-app.js';
import { type Column, formatTable } from '../table.js';

const COLUMNS: readonly Column<WorkerView>[] = [
  { title: 'WORKER', value: ({ worker }) => worker },
  { title: 'PLACES', value: ({ places }) => String(places), align: 'right' },
  { title: 'SEEN', value: ({ silentMs }) => `${Math.round(silentMs / 1000)} s ago`, align: 'right' },
  { title: 'TYPES', value: ({ types }) => types.join(', '), isFlexible: true },
];

/** `workers`: the processes that carry jobs, as they last said. */
export function addWorkers(program: Command, context: CommandContext): void {
  program
    .command('workers')
    .description('list the processes that carry jobs')
    .action(() => listWorkers(context));
}

function listWorkers(context: CommandContext): Promise<void> {
  return withApp(context, async ({ container }) => {
    const list = await container.get('progressManager').workers();
    context.output.result({ list }, () =>
      list.length === 0
        ? 'No worker runs. Start one with "progress-manager work", or "serve".'
        : formatTable(COLUMNS, list, context.output.width),
    );
  });
}

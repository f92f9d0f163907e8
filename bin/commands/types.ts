import type { Command } from 'commander';
import { ADMIN } from '../admin.js';
import type { CommandContext } from '../command-context.js';
import { withApp } from '../open-app.js';
import { type Column, formatTable } from '../table.js';

interface JobTypeLine {
  readonly type: string;
  readonly label: string;
  readonly module: string;
}

const COLUMNS: readonly Column<JobTypeLine>[] = [
  { title: 'TYPE', value: ({ type }) => type },
  { title: 'LABEL', value: ({ label }) => label, isFlexible: true },
  { title: 'MODULE', value: ({ module }) => module },
];

/** `types`: what can be pushed. */
export function addTypes(program: Command, context: CommandContext): void {
  program
    .command('types')
    .description('list the job types of all modules')
    .action(() => listTypes(context));
}

function listTypes(context: CommandContext): Promise<void> {
  return withApp(context, async ({ container }) => {
    const types = container.get('progressManager').typesFor(ADMIN);
    context.output.result(types, () => formatTable(COLUMNS, types, context.output.width));
  });
}

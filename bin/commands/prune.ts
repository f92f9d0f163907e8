import { type Command, InvalidArgumentError } from 'commander';
import { readSettings } from '../../config/settings.js';
import { isTerminal, TERMINAL_STATUSES, type TerminalStatus } from '../../core/contracts/status.js';
import { list, wholeNumber } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { EXIT } from '../exit-code.js';
import { withApp } from '../open-app.js';

interface PruneCommandOptions {
  readonly days?: number;
  readonly status?: readonly TerminalStatus[];
}

/** `prune`: removes finished jobs by age, with their files. Workers do it by themselves once an hour. */
export function addPrune(program: Command, context: CommandContext): void {
  program
    .command('prune')
    .description('remove finished jobs and their files, in small batches beside live work')
    .option(
      '--days <number>',
      'finished longer ago than this, 0 for all that are finished; PM_KEEP_DAYS by default',
      wholeNumber,
    )
    .option('--status <statuses>', `only these, separated by commas: ${TERMINAL_STATUSES.join(', ')}`, terminal)
    .action((options: PruneCommandOptions) => prune(context, options));
}

async function prune(context: CommandContext, { days, status }: PruneCommandOptions): Promise<void> {
  const { keepDays } = readSettings(context.env);
  if (days === undefined && keepDays === 0) {
    context.output.note('PM_KEEP_DAYS is 0: finished jobs are kept. Name an age with --days.');
    return context.exitWith(EXIT.usage);
  }
  await withApp(context, async ({ container }) => {
    const pruned = await container
      .get('progressManager')
      .prune({ days: days ?? keepDays, ...(status && { statuses: status }) });
    context.output.result(
      pruned,
      () =>
        `Removed ${pruned.jobs} finished job${pruned.jobs === 1 ? '' : 's'} and ${pruned.uploads} unused upload${pruned.uploads === 1 ? '' : 's'}.`,
    );
  });
}

function terminal(argument: string): readonly TerminalStatus[] {
  return list(argument).map((status) => {
    if (!isTerminal(status as TerminalStatus)) {
      throw new InvalidArgumentError(`Only finished jobs are pruned: ${TERMINAL_STATUSES.join(', ')}.`);
    }
    return status as TerminalStatus;
  });
}

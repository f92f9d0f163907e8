import type { Command } from 'commander';
import { STATUS_WORDS } from '../../core/contracts/status.js';
import type { CommandContext } from '../command-context.js';
import { EXIT } from '../exit-code.js';
import { runJob } from '../run-job.js';

/** `run <job>`: this process carries one job, with those that it adds, and no other, to its end. */
export function addRun(program: Command, context: CommandContext): void {
  program
    .command('run')
    .description('carry one job to its end here, in the foreground; fails when it does not succeed')
    .argument('<job>', 'its id or number')
    .option('--debug', 'show what the job says by context.debug, live, and log everything on stderr')
    .action((ref: string, options: { readonly debug?: true }) => run(context, ref, options));
}

async function run(context: CommandContext, ref: string, options: { readonly debug?: true }): Promise<void> {
  const { job, view, how } = await runJob(context, ref, options);
  const why = job.error ? ` ${job.error.message}` : '';
  context.output.result(view, () => `Job ${job.number} ${how}: ${STATUS_WORDS[job.status].label}.${why}`);
  if (job.status !== 'success') context.exitWith(EXIT.failed);
}

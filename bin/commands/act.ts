import type { Command } from 'commander';
import { singleJob } from '../../core/http/job-view.js';
import { ADMIN } from '../admin.js';
import type { CommandContext } from '../command-context.js';
import { withApp } from '../open-app.js';

/** `cancel`, `retry`, `close <job>`: core's actions, pressed from the command line. */
export function addActions(program: Command, context: CommandContext): void {
  addAction(program, context, 'cancel', 'end a job; final the moment it is answered');
  addAction(program, context, 'retry', 'let a failed or cancelled job try again where it was');
  addAction(program, context, 'close', 'take a finished job from the list of its owner');
}

function addAction(program: Command, context: CommandContext, action: string, description: string): void {
  program
    .command(action)
    .description(description)
    .argument('<job>', 'its id or number')
    .action((ref: string) => act(context, ref, action));
}

/** Presses one of core's actions and says how the job stands then. */
export function act(context: CommandContext, ref: string, action: string): Promise<void> {
  return withApp(context, async ({ container }) => {
    const manager = container.get('progressManager');
    const { job } = await manager.act(ref, action);
    const view = await singleJob(job, ADMIN, manager);
    const state = view.isClosed ? 'closed' : view.status.translate.toLowerCase();
    context.output.result(view, () => `Job ${view.number} is ${state}.`);
  });
}

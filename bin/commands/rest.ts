import type { Command } from 'commander';
import { InvalidInputError } from '../../core/contracts/errors.js';
import type { Pause, ProgressManager } from '../../core/progress-manager.js';
import type { CommandContext } from '../command-context.js';
import { withApp } from '../open-app.js';
import { act } from './act.js';

interface RestOptions {
  readonly type?: string;
  readonly all?: true;
}

/** `pause` and `resume`: a job, the jobs of a type, or all jobs. */
export function addRest(program: Command, context: CommandContext): void {
  addOne(program, context, 'pause', 'let a job rest after the slice that runs, all of a type, or all there are');
  addOne(program, context, 'resume', 'let them go on where they were');
}

function addOne(program: Command, context: CommandContext, action: 'pause' | 'resume', description: string): void {
  program
    .command(action)
    .description(description)
    .argument('[job]', 'its id or number')
    .option('--type <type>', 'instead of one job: all of this type')
    .option('--all', 'instead of one job: all jobs')
    .action((ref: string | undefined, options: RestOptions) => rest(context, action, ref, options));
}

function rest(context: CommandContext, action: 'pause' | 'resume', ref: string | undefined, options: RestOptions) {
  const { type, all } = options;
  if ([ref, type, all].filter((each) => each !== undefined).length !== 1)
    throw new InvalidInputError(action, 'takes one of these: a job, --type <type> or --all.');
  if (ref !== undefined) return act(context, ref, action);
  return withApp(context, async ({ container }) => {
    const manager = container.get('progressManager');
    await changeType(manager, action, type);
    const list = await manager.pauses();
    const done = action === 'pause' ? '' : `${type === undefined ? 'All jobs go' : `Jobs of the type ${type} go`} on. `;
    context.output.result({ list }, () => `${done}${pausesText(list)}`);
  });
}

function changeType(manager: ProgressManager, action: 'pause' | 'resume', type: string | undefined): Promise<void> {
  return action === 'pause' ? manager.pauseType(type) : manager.resumeType(type);
}

function pausesText(list: readonly Pause[]): string {
  if (list.length === 0) return 'No type is paused.';
  const scopes = list.map(({ scope }) => (scope === '*' ? 'all jobs' : `the type ${scope}`));
  return `Paused: ${scopes.join(', ')}.`;
}

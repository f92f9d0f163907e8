import type { Command } from 'commander';
import { InvalidInputError } from '../../core/contracts/errors.js';
import { singleJob } from '../../core/http/job-view.js';
import { ADMIN } from '../admin.js';
import { readData } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { withApp } from '../open-app.js';
import { isPushed, pushedText } from '../pushed-text.js';

/** `cancel`, `retry`, `close <job>`: core's actions, pressed from the command line. */
export function addActions(program: Command, context: CommandContext): void {
  addAction(program, context, 'cancel', 'end a job; final the moment it is answered');
  addAction(program, context, 'retry', 'let a failed or cancelled job try again where it was');
  addAction(program, context, 'close', 'take a finished job from the list of its owner');
  program
    .command('act')
    .description('press any button of a job, also one that a module brings')
    .argument('<job>', 'its id or number')
    .argument('<action>', 'its key, as "show" lists them')
    .option('--input <json>', 'what the action is given: JSON, @file that holds it, or - for stdin')
    .action((ref: string, action: string, options: { readonly input?: string }) =>
      press(context, ref, action, options),
    );
}

function addAction(program: Command, context: CommandContext, action: string, description: string): void {
  program
    .command(action)
    .description(description)
    .argument('<job>', 'its id or number')
    .action((ref: string) => act(context, ref, action));
}

/** Prints what the action gives: the data that a page would get. */
async function press(
  context: CommandContext,
  ref: string,
  action: string,
  { input: json }: { readonly input?: string },
): Promise<void> {
  const input = (await readData(json, '--input')) ?? {};
  if (typeof input !== 'object' || Array.isArray(input))
    throw new InvalidInputError('--input', 'must be a JSON object, for example {"reason": "late"}.');
  await withApp(context, async ({ container }) => {
    const manager = container.get('progressManager');
    const { job, result } = await manager.act(ref, action, input as Readonly<Record<string, unknown>>);
    const view = await singleJob(job, ADMIN, manager);
    context.output.result(
      { job: view, result: result ?? null },
      () => `Job ${view.number}: ${action}.${resultText(result)}`,
    );
  });
}

/** A job that was pushed is told as by `push`; what else a button gives is its own. */
function resultText(result: unknown): string {
  if (result === undefined) return '';
  if (!isPushed(result)) return ` ${JSON.stringify(result)}`;
  const { items } = result;
  return ` ${pushedText(result)}${items === undefined ? '' : ` It is for ${items} item${items === 1 ? '' : 's'}.`}`;
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

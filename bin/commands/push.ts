import { type Command, Option } from 'commander';
import { JobNotFoundError } from '../../core/contracts/errors.js';
import type { JobView } from '../../core/http/job-view.js';
import type { ProgressManager, PushOptions } from '../../core/progress-manager.js';
import { readData, readSecrets, refuseStdinTwice, several, wholeNumber } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { EXIT } from '../exit-code.js';
import { withApp } from '../open-app.js';
import { progressLine } from '../progress-bar.js';
import { pushedText } from '../pushed-text.js';
import { changesOf } from '../watch-job.js';

interface Options extends Pick<PushOptions, 'id' | 'key' | 'onKey' | 'group' | 'priority' | 'runAt'> {
  readonly data?: string;
  readonly next?: string;
  readonly hidden?: true;
  readonly file?: readonly string[];
  readonly secret?: readonly string[];
  readonly user?: string;
  readonly wait?: true;
}

/** `push <type> <name>`: a new job, and with `--wait` its way to the end. */
export function addPush(program: Command, context: CommandContext): void {
  program
    .command('push')
    .description('push a job')
    .argument('<type>', 'see "types"')
    .argument('<name>', 'what people read')
    .option('--data <json>', 'JSON, @file that holds it, or - for stdin')
    .option('--file <path>', 'a file for the job to read; may be given several times', several)
    .option(
      '--secret <name=@file>',
      'a secret for the job, from a file, or name=- from stdin; several may be given',
      several,
    )
    .option('--user <id>', 'its owner')
    .option('--key <key>', 'unique among the unfinished jobs of its type')
    .addOption(
      new Option('--on-key <what>', 'when the key is held: fail, or take that job').choices(['reject', 'join']),
    )
    .option('--group <group>', 'what limitPerGroup of its type counts by')
    .option('--priority <number>', '-5 (last) to 5 (first)', wholeNumber)
    .option('--run-at <time>', 'not before, ISO 8601')
    .option('--hidden', 'keep it out of listings')
    .option('--next <json>', 'what starts when it succeeds: {"name", "type", "data", "options"} or a list, @file or -')
    .option('--id <uuid>', 'its id; a job that has it already is that job')
    .option('--wait', 'follow it to its end; fails when the job does not succeed')
    .action((type: string, name: string, options: Options) => push(context, type, name, options));
}

async function push(context: CommandContext, type: string, name: string, options: Options): Promise<void> {
  const { data: json, next: nextJson, file: files = [], secret: secrets = [], user: userId, ...others } = options;
  const { wait, hidden: isHidden = false, ...same } = others;
  refuseStdinTwice({ '--data': json, '--next': nextJson }, secrets);
  const data = await readData(json);
  const next = (await readData(nextJson, '--next')) as PushOptions['next'];
  const secret = await readSecrets(secrets);
  await withApp(context, async ({ container }) => {
    const manager = container.get('progressManager');
    const pushed = await manager.push(name, type, data, {
      ...{ ...same, userId, isHidden, secret, next },
      files: files.map((path) => ({ path })),
    });
    if (!wait) return context.output.result(pushed, () => pushedText(pushed));
    const job = await followed(context, manager, pushed.id);
    context.output.result(job, () => `Job ${job.number} ended: ${job.status.translate}.`);
    if (job.status.key !== 'success') context.exitWith(EXIT.failed);
  });
}

/** The job at its end; people see its bar on the way. */
async function followed({ output }: CommandContext, manager: ProgressManager, id: string): Promise<JobView> {
  let last: JobView | undefined;
  for await (const job of changesOf(manager, id, output)) {
    if (!output.isJson) output.change(job, (width) => progressLine(job, width));
    last = job;
  }
  output.endChanges();
  if (last === undefined) throw new JobNotFoundError(id);
  return last;
}

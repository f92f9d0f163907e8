import { type Command, Option } from 'commander';
import { JOB_LOG_LEVELS, type LogLine, type LogQuery } from '../../core/contracts/job-log.js';
import { logLineView } from '../../core/http/job-log.js';
import { wholeNumber } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { followLog, linesOf } from '../follow-log.js';
import { attemptText, logLineText } from '../log-text.js';
import { withApp } from '../open-app.js';

interface LogOptions extends Pick<LogQuery, 'level' | 'attempt'> {
  readonly follow?: true;
}

/** `log <job>`: what it said and what is said of it; with `--follow` until it has ended, as JSON a line each. */
export function addLog(program: Command, context: CommandContext): void {
  program
    .command('log')
    .description('show what a job has logged')
    .argument('<job>', 'its id or number')
    .option('-f, --follow', 'go on until the job has ended')
    .addOption(new Option('--level <level>', 'only lines that matter at least so much').choices(JOB_LOG_LEVELS))
    .option('--attempt <number>', 'only lines of this attempt', wholeNumber)
    .action((ref: string, options: LogOptions) => (options.follow ? follow : show)(context, ref, options));
}

function show(context: CommandContext, ref: string, { level, attempt }: LogOptions): Promise<void> {
  return withApp(context, async ({ container }) => {
    const lines: LogLine[] = [];
    for await (const line of linesOf(container.get('progressManager'), ref, { level, attempt })) lines.push(line);
    const next = lines.at(-1)?.seq ?? 0;
    context.output.result({ list: lines.map(logLineView), next }, () => {
      const write = writer(context);
      return lines.length > 0 ? lines.map(write).join('\n') : nothing(ref, level ?? attempt);
    });
  });
}

function follow(context: CommandContext, ref: string, { level, attempt }: LogOptions): Promise<void> {
  return withApp(context, async ({ container }) => {
    const write = writer(context);
    let count = 0;
    for await (const line of followLog(container.get('progressManager'), ref, { level, attempt })) {
      context.output.line(logLineView(line), () => write(line));
      count++;
    }
    if (count === 0) context.output.note(nothing(ref, level ?? attempt));
  });
}

const nothing = (ref: string, asked: unknown) =>
  `Job ${ref} has logged nothing${asked === undefined ? '' : ' like that'}.`;

/** Words of lines, one after the other; where a new attempt begins, a line says so. */
function writer({ output }: CommandContext): (line: LogLine) => string {
  let last: number | undefined;
  return (line) => {
    const isNext = last !== undefined && last !== line.attempt;
    last = line.attempt;
    const text = logLineText(logLineView(line), output);
    return isNext ? `${attemptText(line.attempt, output)}\n${text}` : text;
  };
}

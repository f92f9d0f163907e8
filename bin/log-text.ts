import type { JobLogLevel, UserMessage } from '../core/contracts/job-log.js';
import type { LogLineView } from '../core/http/job-log.js';
import type { Colour, Output } from './output.js';
import { printable } from './text-width.js';

const COLOUR_OF: Readonly<Record<JobLogLevel, Colour>> = { info: 'cyan', warning: 'yellow', error: 'red' };
const LEVEL_WIDTH = 'warning'.length;

/** `2026-01-01 00:00:00.000  warning  Message  {"details":1}`; further lines of a message stand below it. */
export function logLineText({ at, level, message, details }: LogLineView, output: Output): string {
  const time = timeText(at);
  const words = linesText(message, time.length + LEVEL_WIDTH + 4);
  const mark = output.colour(COLOUR_OF[level], level.padEnd(LEVEL_WIDTH));
  const more = details === null ? '' : `  ${output.colour('grey', printable(JSON.stringify(details)))}`;
  return `${output.colour('grey', time)}  ${mark}  ${words}${more}`;
}

/** `2026-01-01 00:00:00.000  Text`; further lines of it stand below. */
export function messageText({ at, text }: UserMessage, output: Output): string {
  const time = timeText(at);
  return `${output.colour('grey', time)}  ${linesText(text, time.length + 2)}`;
}

const timeText = (at: string): string => at.replace('T', ' ').replace('Z', '');

/** Lines one below the other, the first where it stands and the others `indent` columns from the left. */
function linesText(text: string, indent: number): string {
  return text
    .split(/\r?\n/)
    .map(printable)
    .join(`\n${' '.repeat(indent)}`);
}

/** Stands between the lines of two attempts. */
export const attemptText = (attempt: number, output: Output): string =>
  output.colour('grey', `── attempt ${attempt} ──`);

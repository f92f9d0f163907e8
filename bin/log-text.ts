import type { JobLogLevel } from '../core/contracts/job-log.js';
import type { LogLineView } from '../core/http/job-log.js';
import type { Colour, Output } from './output.js';
import { printable } from './text-width.js';

const COLOUR_OF: Readonly<Record<JobLogLevel, Colour>> = { info: 'cyan', warning: 'yellow', error: 'red' };
const LEVEL_WIDTH = 'warning'.length;

/** `2026-01-01 00:00:00.000  warning  Message  {"details":1}`; further lines of a message stand below it. */
export function logLineText({ at, level, message, details }: LogLineView, output: Output): string {
  const time = at.replace('T', ' ').replace('Z', '');
  const indent = ' '.repeat(time.length + LEVEL_WIDTH + 4);
  const words = message.split(/\r?\n/).map(printable).join(`\n${indent}`);
  const mark = output.colour(COLOUR_OF[level], level.padEnd(LEVEL_WIDTH));
  const more = details === null ? '' : `  ${output.colour('grey', printable(JSON.stringify(details)))}`;
  return `${output.colour('grey', time)}  ${mark}  ${words}${more}`;
}

/** Stands between the lines of two attempts. */
export const attemptText = (attempt: number, output: Output): string => output.colour('grey', `attempt ${attempt}`);

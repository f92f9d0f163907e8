import type { Finding, Outcome } from '../core/upkeep/doctor/finding.js';
import type { Colour, Output } from './output.js';
import { printable, widthOf, wrapped } from './text-width.js';

const COLOUR_OF: Readonly<Record<Outcome, Colour>> = { ok: 'green', warning: 'yellow', failure: 'red' };
const GAP = '  ';
const OUTCOME_WIDTH = 'warning'.length;
/** Sentences do not become narrower, also where that leaves the terminal. */
const NARROWEST = 30;

export interface Counts {
  readonly fine: number;
  readonly warnings: number;
  readonly failures: number;
}

export function countsOf(findings: readonly Finding[]): Counts {
  const count = (wanted: Outcome) => findings.filter(({ outcome }) => outcome === wanted).length;
  return { fine: count('ok'), warnings: count('warning'), failures: count('failure') };
}

/** A line for each finding, what to do about it below, and how many there are of each kind. */
export function findingsText(findings: readonly Finding[], output: Output): string {
  const nameWidth = Math.max(...findings.map(({ name }) => widthOf(name)));
  const indent = ' '.repeat(OUTCOME_WIDTH + nameWidth + 2 * GAP.length);
  const room = Math.max(output.width - indent.length, NARROWEST);
  const lines = findings.flatMap(({ name, outcome, found, remedy }) => {
    const mark = output.colour(COLOUR_OF[outcome], outcome.padEnd(OUTCOME_WIDTH));
    const [first, ...rest] = wrapped(printable(found), room);
    return [
      [mark, name.padEnd(nameWidth), first].join(GAP),
      ...rest.map((line) => indent + line),
      ...wrapped(printable(remedy ?? ''), room - GAP.length).map((line) => indent + GAP + line),
    ];
  });
  return [...lines, summary(findings)].join('\n');
}

/** `14 checks: 12 fine, 1 warning, 1 failure.` */
function summary(findings: readonly Finding[]): string {
  const { fine, warnings, failures } = countsOf(findings);
  const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
  return `${counted(findings.length, 'check')}: ${fine} fine, ${counted(warnings, 'warning')}, ${counted(failures, 'failure')}.`;
}

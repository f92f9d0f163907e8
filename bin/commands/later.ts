import type { Command } from 'commander';
import { NotAvailableError } from '../../core/contracts/errors.js';

/** Commands that a later version brings, with what serves until then. */
const LATER: readonly { readonly name: string; readonly instead?: string }[] = [
  { name: 'schedules', instead: 'Let cron call "push".' },
];

/** Their names are known, so that nobody takes them for a misspelling. */
export function addLater(program: Command): void {
  for (const { name, instead } of LATER) {
    program
      .command(name, { hidden: true })
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw new NotAvailableError(`The command "${name}"`, instead);
      });
  }
}

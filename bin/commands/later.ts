import type { Command } from 'commander';
import { NotAvailableError } from '../../core/contracts/errors.js';

/** Commands that a later version brings, with what serves until then. */
const LATER: readonly { readonly name: string; readonly instead?: string }[] = [
  { name: 'run', instead: 'Push the job and use "work", or "tick" for one pass.' },
  { name: 'log', instead: 'Use "show" for the message and the error of a job.' },
  { name: 'explain', instead: 'Use "show" for the state of a job.' },
  { name: 'make:module', instead: 'Copy a folder of modules/.' },
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

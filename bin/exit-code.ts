import { CommanderError } from 'commander';
import { ConfigurationError, InvalidInputError, NotAvailableError } from '../core/contracts/errors.js';

/** How the process tells its caller what became of it. */
export const EXIT = {
  done: 0,
  /** The job or the command failed, or a stop had to be forced. */
  failed: 1,
  usage: 2,
  configuration: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code that an error stands for. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof ConfigurationError) return EXIT.configuration;
  if (error instanceof InvalidInputError || error instanceof NotAvailableError) return EXIT.usage;
  return EXIT.failed;
}

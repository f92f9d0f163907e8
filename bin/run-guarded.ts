import { CommanderError } from 'commander';
import type { CommandContext, ProcessContext } from './command-context.js';
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.js';

/** Runs a command. Never throws: what goes wrong is said by the output and by the exit code that is returned. */
export async function runGuarded(
  process: ProcessContext,
  command: (context: CommandContext) => Promise<void>,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const exitWith = (code: ExitCode): void => {
    exitCode = code;
  };
  try {
    await command({ ...process, exitWith });
    return exitCode;
  } catch (error) {
    // Commander has said its own words already.
    if (!(error instanceof CommanderError)) process.output.failure(error);
    else if (process.output.isJson && error.exitCode !== 0) process.output.usageFailure(error.message);
    return exitCodeOf(error);
  }
}

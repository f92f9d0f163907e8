import { Command } from 'commander';
import type { CommandLine, ModuleCommands } from '../core/commands.js';
import { describeError } from '../core/contracts/describe-error.js';
import { ConfigurationError } from '../core/contracts/errors.js';
import { type LoadedPart, loadCommands } from '../core/registry/load-parts.js';
import { number, pairs, readData, readSecrets, several } from './arguments.js';
import type { CommandContext } from './command-context.js';
import { withApp } from './open-app.js';
import { runJob } from './run-job.js';
import { workFor } from './work-for.js';

/**
 * Adds what modules bring to the command line; gives the names. Throws ConfigurationError with every fault of every
 * file: one that cannot be loaded, and a command that has an owner already, core or another module.
 */
export async function addModuleCommands(program: Command, context: CommandContext): Promise<readonly string[]> {
  const faults: string[] = [];
  const added: string[] = [];
  const owners = new Map(
    program.commands.flatMap((command) => namesOf(command).map((name) => [name, 'core'] as [string, string])),
  );
  for (const part of await loadCommands(context.root)) {
    for (const command of commandsOf(part, program, context, faults)) {
      const taken = namesOf(command).find((name) => owners.has(name));
      if (taken !== undefined) {
        faults.push(
          `Two owners of the command "${taken}": ${owners.get(taken)} and ${part.origin}. Rename the latter's.`,
        );
        continue;
      }
      for (const name of namesOf(command)) owners.set(name, part.origin);
      added.push(command.name());
      program.addCommand(command.helpGroup(`Commands of the module ${part.module}:`));
    }
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return added;
}

/** On a program of their own first, which knows nothing of the others. */
function commandsOf(
  { origin, exported }: LoadedPart,
  program: Command,
  context: CommandContext,
  faults: string[],
): readonly Command[] {
  const own = new Command().copyInheritedSettings(program);
  try {
    (exported as ModuleCommands)(own, commandLine(context));
  } catch (error) {
    faults.push(`${origin}: its commands could not be added: ${describeError(error)}`);
    return [];
  }
  return own.commands;
}

const namesOf = (command: Command): readonly string[] => [command.name(), ...command.aliases()];

function commandLine(context: CommandContext): CommandLine {
  const { env, output, exitWith } = context;
  return {
    env,
    withApp: (work) => withApp(context, work),
    run: async (ref, options = {}) => (await runJob(context, ref, options)).job,
    work: (milliseconds, option = '--for') => workFor(context, milliseconds, option),
    options: { several, number, pairs, json: readData, secrets: async (given = []) => readSecrets(given) },
    result: (document, words) => output.result(document, words),
    line: (document, words) => output.line(document, words),
    note: (words) => output.note(words),
    exitWith,
  };
}

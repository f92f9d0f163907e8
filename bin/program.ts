import { Command } from 'commander';
import type { CommandContext, ProcessContext } from './command-context.js';
import { addActions } from './commands/act.js';
import { addCheck } from './commands/check.js';
import { addDoctor } from './commands/doctor.js';
import { addExplain } from './commands/explain.js';
import { addItems } from './commands/items.js';
import { addKeys } from './commands/keys.js';
import { addList } from './commands/list.js';
import { addLog } from './commands/log.js';
import { addMakeModule } from './commands/make-module.js';
import { addMessages } from './commands/messages.js';
import { addMigrate } from './commands/migrate.js';
import { addPrune } from './commands/prune.js';
import { addPush } from './commands/push.js';
import { addRest } from './commands/rest.js';
import { addRun } from './commands/run.js';
import { addSchedules } from './commands/schedules.js';
import { addServe } from './commands/serve.js';
import { addShow } from './commands/show.js';
import { addTypes } from './commands/types.js';
import { addWatch } from './commands/watch.js';
import { addWork } from './commands/work.js';
import { addWorkers } from './commands/workers.js';
import type { ExitCode } from './exit-code.js';
import { addModuleCommands } from './module-commands.js';
import { runGuarded } from './run-guarded.js';
import { packageVersion } from './version.js';

/**
 * Runs one command of the command line. Never throws, as `runGuarded`. `onCalled` is told when the command was called:
 * one that waits for signals listens by then.
 */
export function runCommand(
  words: readonly string[],
  process: ProcessContext,
  onCalled: () => void = () => undefined,
): Promise<ExitCode> {
  // Before anything is read, so that what cannot be read is told as asked.
  process.output.isJson = words.includes('--json');
  return runGuarded(process, async (context) => {
    const program = createProgram(context);
    if (meansModule(words, program)) await addModuleCommands(program, context);
    const called = program.parseAsync(words, { from: 'user' });
    onCalled();
    await called;
  });
}

/** Core's own commands need none of what modules bring, and go on when that is broken. */
function meansModule(words: readonly string[], program: Command): boolean {
  const command = words.find((word) => !word.startsWith('-') && word !== 'help');
  if (words.includes('--version') || words.includes('-V')) return false;
  return !program.commands.some((each) => each.name() === command);
}

function createProgram(context: CommandContext): Command {
  const { output } = context;
  const program = new Command('progress-manager')
    .description('Long jobs with a progress bar. Acts as an admin on the database that DATABASE_URL names.')
    .version(packageVersion(context.root))
    .option('--json', 'print one JSON document on stdout, and nothing else there')
    .exitOverride()
    .configureOutput({ writeOut: (text) => output.stdout.write(text), writeErr: (text) => output.note(text.trimEnd()) })
    .hook('preAction', (_, command) => {
      output.isJson = command.optsWithGlobals().json === true;
    });
  addServe(program, context);
  addWork(program, context);
  addRun(program, context);
  addPush(program, context);
  addList(program, context);
  addShow(program, context);
  addWatch(program, context);
  addLog(program, context);
  addMessages(program, context);
  addItems(program, context);
  addActions(program, context);
  addRest(program, context);
  addExplain(program, context);
  addWorkers(program, context);
  addSchedules(program, context);
  addTypes(program, context);
  addCheck(program, context);
  addDoctor(program, context);
  addMigrate(program, context);
  addPrune(program, context);
  addKeys(program, context);
  addMakeModule(program, context);
  return program;
}

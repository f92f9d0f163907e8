import type { Command } from 'commander';
import { loadModules, type Modules } from '../../core/load-modules.js';
import { allOrFaults } from '../../core/registry/all-or-faults.js';
import type { CommandContext } from '../command-context.js';
import { addModuleCommands } from '../module-commands.js';
import { rehearseApp } from '../open-app.js';

/**
 * `check`: finds, loads and merges what all modules bring, and makes all of it, without a database. Throws
 * ConfigurationError with every fault of the files; where they are sound, with what keeps them from being made.
 */
export function addCheck(program: Command, context: CommandContext): void {
  program
    .command('check')
    .description('check the configs, routes and commands of all modules, without a database')
    .action(() => check(program, context));
}

async function check(program: Command, context: CommandContext): Promise<void> {
  const { root, output } = context;
  const [{ registry, routes }, commands] = await allOrFaults<[Modules, readonly string[]]>([
    loadModules(root),
    addModuleCommands(program, context),
  ]);
  await rehearseApp(context);
  const { types, actions } = registry;
  const found = {
    types: [...types.values()].map(({ key, module, origin }) => ({ key, module, origin })),
    actions: [...actions.values()].map(({ key, module, origin }) => ({ key, module, origin })),
    routes: routes.map(({ config: { prefix }, module, origin }) => ({ prefix, module, origin })),
    commands,
  };
  output.result(
    found,
    () =>
      `No faults: ${types.size} job types${listed([...types.keys()])}, ${actions.size} actions${listed([...actions.keys()])}, ${routes.length} prefixes of routes${listed(found.routes.map(({ prefix }) => prefix))}, ${commands.length} commands of modules${listed(commands)}.`,
  );
}

const listed = (names: readonly string[]): string => (names.length === 0 ? '' : ` (${names.join(', ')})`);

import type { Command } from 'commander';
import { loadRegistry } from '../../core/registry/registry.js';
import type { CommandContext } from '../command-context.js';

/** `check`: finds, loads and merges all configs, without a database. Throws ConfigurationError with every fault. */
export function addCheck(program: Command, context: CommandContext): void {
  program
    .command('check')
    .description('check the configs of all modules, without a database')
    .action(() => check(context));
}

async function check({ root, output }: CommandContext): Promise<void> {
  const { types, actions } = await loadRegistry(root);
  const found = {
    types: [...types.values()].map(({ key, module, origin }) => ({ key, module, origin })),
    actions: [...actions.values()].map(({ key, module, origin }) => ({ key, module, origin })),
  };
  output.result(
    found,
    () =>
      `No faults: ${types.size} job types (${[...types.keys()].join(', ')}), ${actions.size} actions (${[...actions.keys()].join(', ')}).`,
  );
}

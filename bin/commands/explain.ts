import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { withApp } from '../open-app.js';

/** `explain <job>`: why it is not moving, in one sentence. */
export function addExplain(program: Command, context: CommandContext): void {
  program
    .command('explain')
    .description('say why a job is not moving')
    .argument('<job>', 'its id or number')
    .action((ref: string) => explain(context, ref));
}

function explain(context: CommandContext, ref: string): Promise<void> {
  return withApp(context, async ({ container }) => {
    const explanation = await container.get('progressManager').explain(ref);
    context.output.result(explanation, () => explanation.text);
  });
}

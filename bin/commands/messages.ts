import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { messageText } from '../log-text.js';
import { withApp } from '../open-app.js';

interface MessagesOptions {
  readonly clear?: boolean;
}

/** `messages <job>`: what it told its owner; with `--clear` they are taken, and the next look gives only newer ones. */
export function addMessages(program: Command, context: CommandContext): void {
  program
    .command('messages')
    .description('show what a job has told its owner')
    .argument('<job>', 'its id or number')
    .option('--clear', 'take them away: the next look gives only newer ones')
    .action((ref: string, options: MessagesOptions) => showMessages(context, ref, options));
}

function showMessages(context: CommandContext, ref: string, { clear = false }: MessagesOptions): Promise<void> {
  return withApp(context, async ({ container }) => {
    const list = await container.get('progressManager').messages(ref, { clear });
    context.output.result({ list }, () =>
      list.length > 0
        ? list.map((message) => messageText(message, context.output)).join('\n')
        : `Job ${ref} has no messages.`,
    );
  });
}

import type { Command } from 'commander';
import type { AccessKey } from '../../core/contracts/access-store.js';
import type { CommandContext } from '../command-context.js';
import { EXIT } from '../exit-code.js';
import { withApp } from '../open-app.js';
import { type Column, formatTable } from '../table.js';
import { printable } from '../text-width.js';

const COLUMNS: readonly Column<AccessKey>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'USER', value: ({ user }) => user.id, isFlexible: true },
  { title: 'ADMIN', value: ({ user }) => (user.isAdmin ? 'yes' : '') },
  { title: 'CREATED', value: ({ createdAt }) => createdAt },
  { title: 'REVOKED', value: ({ revokedAt }) => revokedAt ?? '' },
];

/** `key:add`, `key:list`, `key:revoke`: who may come in over HTTP. */
export function addKeys(program: Command, context: CommandContext): void {
  program
    .command('key:add')
    .description('make an access key; it is shown once')
    .requiredOption('--user <id>', 'whose it is')
    .option('--admin', 'sees and does everything')
    .action(({ user, admin }: { readonly user: string; readonly admin?: true }) =>
      addKey(context, user, admin === true),
    );
  program
    .command('key:list')
    .description('list access keys')
    .action(() => listKeys(context));
  program
    .command('key:revoke')
    .description('make an access key, and every session begun with it, worthless')
    .argument('<id>', 'see "key:list"')
    .action((id: string) => revokeKey(context, id));
}

function addKey(context: CommandContext, userId: string, isAdmin: boolean): Promise<void> {
  return withApp(context, async ({ container }) => {
    const user = { id: userId, isAdmin };
    const { id, key } = await container.get('accessStore').addKey(user);
    context.output.result(
      { id, key, user },
      () => `${key}\nThis key of ${printable(userId)} is shown only now. Its id is ${id}.`,
    );
  });
}

function listKeys(context: CommandContext): Promise<void> {
  return withApp(context, async ({ container }) => {
    const keys = await container.get('accessStore').listKeys();
    const document = keys.map((key) => ({ ...key, revokedAt: key.revokedAt ?? null }));
    context.output.result(document, () =>
      keys.length === 0 ? 'No keys.' : formatTable(COLUMNS, keys, context.output.width),
    );
  });
}

function revokeKey(context: CommandContext, id: string): Promise<void> {
  return withApp(context, async ({ container }) => {
    const revoked = await container.get('accessStore').revokeKey(id);
    context.output.result({ id, revoked }, () =>
      revoked ? `The key ${printable(id)} opens nothing any more.` : `There is no valid key ${printable(id)}.`,
    );
    if (!revoked) context.exitWith(EXIT.failed);
  });
}

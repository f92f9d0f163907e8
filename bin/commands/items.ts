import { type Command, Option } from 'commander';
import { InvalidInputError } from '../../core/contracts/errors.js';
import { type ItemQuery, type JobItem, LISTED_OUTCOMES } from '../../core/contracts/job-items.js';
import { type JobItemView, jobItemView } from '../../core/http/job-items.js';
import { type ItemsOf, itemsCsv } from '../../core/items-csv.js';
import type { ProgressManager } from '../../core/progress-manager.js';
import type { CommandContext } from '../command-context.js';
import { withApp } from '../open-app.js';
import { type Column, formatTable } from '../table.js';

interface ItemsOptions extends Pick<ItemQuery, 'outcome'> {
  readonly csv?: true;
}

const COLUMNS: readonly Column<JobItemView>[] = [
  { title: 'ITEM', value: ({ key }) => key, isFlexible: true },
  { title: 'OUTCOME', value: ({ outcome }) => outcome },
  { title: 'REASON', value: ({ reason }) => reason ?? '–', isFlexible: true },
  { title: 'AT (UTC)', value: ({ at }) => at.slice(0, 19).replace('T', ' ') },
];
const WERE = { failed: 'failed', skipped: 'were skipped' } as const;
const PAGE = 1000;

/** `items <job>`: what failed and what was skipped, and why; `--csv` for a spreadsheet. */
export function addItems(program: Command, context: CommandContext): void {
  program
    .command('items')
    .description('list the items of a job that failed or were skipped')
    .argument('<job>', 'its id or number')
    .addOption(new Option('--outcome <outcome>', 'only these').choices(LISTED_OUTCOMES))
    .option('--csv', 'as CSV')
    .action((ref: string, options: ItemsOptions) => (options.csv ? showCsv : show)(context, ref, options));
}

function show(context: CommandContext, ref: string, { outcome }: ItemsOptions): Promise<void> {
  return withApp(context, async ({ container }) => {
    const items = (await all(reader(container.get('progressManager'), ref, outcome))).map(jobItemView);
    context.output.result({ list: items, next: items.at(-1)?.seq ?? 0 }, () =>
      items.length > 0
        ? formatTable(COLUMNS, items, context.output.width)
        : `Job ${ref} has no items that ${outcome === undefined ? 'failed or were skipped' : WERE[outcome]}.`,
    );
  });
}

function showCsv(context: CommandContext, ref: string, { outcome }: ItemsOptions): Promise<void> {
  if (context.output.isJson)
    throw new InvalidInputError('--csv', 'is one form and --json another. Ask for one of them.');
  return withApp(context, async ({ container }) => {
    const rows = itemsCsv(reader(container.get('progressManager'), ref, outcome));
    for await (const text of rows) context.output.stdout.write(text);
  });
}

const reader =
  (manager: ProgressManager, ref: string, outcome: ItemQuery['outcome']): ItemsOf =>
  (page) =>
    manager.items(ref, { outcome, ...page });

async function all(read: ItemsOf): Promise<JobItem[]> {
  const items: JobItem[] = [];
  for (let after = 0; ; ) {
    const { list, next } = await read({ after, limit: PAGE });
    items.push(...list);
    if (list.length < PAGE) return items;
    after = next;
  }
}

import type { Knex } from 'knex';

interface Column {
  readonly tableName: string;
  readonly name: string;
  readonly type: string;
  readonly isNullable: 'YES' | 'NO';
  readonly defaultValue: string | null;
  readonly collation: string | null;
  readonly extra: string;
  readonly expression: string | null;
}

interface IndexPart {
  readonly tableName: string;
  readonly name: string;
  readonly isNotUnique: number;
  readonly column: string;
  readonly prefix: number | null;
  readonly direction: string | null;
}

interface Check {
  readonly tableName: string;
  readonly clause: string;
}

/** The schema of the connection's database in words that MySQL 8, MySQL 9 and MariaDB agree on. */
export async function dumpMySqlSchema(knex: Knex): Promise<string> {
  const [columns, indexes, checks, ownCollation] = [
    await columnsOf(knex),
    await indexesOf(knex),
    await checksOf(knex),
    await collationOf(knex),
  ];
  const tables = [...new Set(columns.map(({ tableName }) => tableName))];
  const texts = tables.map((table) => {
    const isHere = ({ tableName }: { readonly tableName: string }) => tableName === table;
    const lines = [
      ...columns.filter(isHere).map((column) => describeColumn(column, ownCollation)),
      ...describeIndexes(indexes.filter(isHere)),
      ...checks
        .filter(isHere)
        .map(({ clause }) => `check ${normalised(clause)}`)
        .sort(),
    ];
    return `table ${table}\n${lines.map((line) => `  ${line}\n`).join('')}`;
  });
  return texts.join('\n');
}

function describeColumn(column: Column, ownCollation: string): string {
  const { name, type, isNullable, collation, extra, expression } = column;
  const defaultValue = defaultOf(column);
  return [
    name,
    withoutDisplayWidth(type),
    collation !== null && collation !== ownCollation ? `collate ${collation}` : '',
    isNullable === 'NO' ? 'not null' : '',
    defaultValue !== undefined ? `default ${defaultValue}` : '',
    expression ? `as ${normalised(expression)}` : '',
    extra.toLowerCase().replace('default_generated', '').trim(),
  ]
    .filter(Boolean)
    .join(' ');
}

/** MariaDB quotes texts and says `NULL` in words; MySQL does neither. */
function defaultOf({ defaultValue }: Column): string | undefined {
  if (defaultValue === null || defaultValue === 'NULL') return undefined;
  return defaultValue.replace(/^'(.*)'$/, '$1').toLowerCase();
}

/** MySQL 8 no longer tells the display width of integers. */
function withoutDisplayWidth(type: string): string {
  return type.replace(/^(tinyint|smallint|mediumint|int|bigint)\(\d+\)/, '$1');
}

/** Servers print expressions with their own brackets, quotes and character set introducers. */
function normalised(expression: string): string {
  return expression
    .toLowerCase()
    .replaceAll("\\'", "'")
    .replaceAll(/\b_(?:utf8mb4|utf8mb3|latin1|ascii)\s*'/g, "'")
    .replaceAll(/[()`]/g, ' ')
    .replaceAll(/\s*,\s*/g, ', ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function describeIndexes(parts: readonly IndexPart[]): readonly string[] {
  const names = [...new Set(parts.map(({ name }) => name))];
  return names.map((name) => {
    const own = parts.filter((part) => part.name === name);
    const columns = own.map(
      ({ column, prefix, direction }) =>
        `${column}${prefix === null ? '' : `(${prefix})`}${direction === 'D' ? ' desc' : ''}`,
    );
    const kind = Number(own[0]?.isNotUnique) === 0 ? 'unique index' : 'index';
    return `${kind} ${name} (${columns.join(', ')})`;
  });
}

function columnsOf(knex: Knex): Promise<readonly Column[]> {
  return rowsOf(
    knex,
    `SELECT table_name AS tableName, column_name AS name, column_type AS type, is_nullable AS isNullable,
            column_default AS defaultValue, collation_name AS collation, extra AS extra,
            generation_expression AS expression
       FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position`,
  );
}

function indexesOf(knex: Knex): Promise<readonly IndexPart[]> {
  return rowsOf(
    knex,
    `SELECT table_name AS tableName, index_name AS name, non_unique AS isNotUnique, column_name AS \`column\`,
            sub_part AS prefix, collation AS direction
       FROM information_schema.statistics WHERE table_schema = DATABASE()
      ORDER BY table_name, index_name, seq_in_index`,
  );
}

/** Joined by table where the server tells it: MariaDB gives column checks of two tables the same name. */
async function checksOf(knex: Knex): Promise<readonly Check[]> {
  const [own] = await rowsOf<{ count: number }>(
    knex,
    `SELECT COUNT(*) AS count FROM information_schema.columns
      WHERE table_schema = 'information_schema' AND table_name = 'CHECK_CONSTRAINTS' AND column_name = 'TABLE_NAME'`,
  );
  return rowsOf(
    knex,
    `SELECT t.table_name AS tableName, c.check_clause AS clause
       FROM information_schema.check_constraints c
       JOIN information_schema.table_constraints t
         ON t.constraint_schema = c.constraint_schema AND t.constraint_name = c.constraint_name
            ${Number(own?.count) > 0 ? 'AND t.table_name = c.table_name' : ''}
      WHERE c.constraint_schema = DATABASE() AND t.constraint_type = 'CHECK'`,
  );
}

async function collationOf(knex: Knex): Promise<string> {
  const [row] = await rowsOf<{ collation: string }>(knex, 'SELECT @@collation_database AS collation');
  return row?.collation ?? '';
}

async function rowsOf<T>(knex: Knex, statement: string): Promise<readonly T[]> {
  const [rows] = await knex.raw(statement);
  return rows;
}

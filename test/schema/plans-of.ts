import type { Database } from '../../core/store/database.js';

/** How a database means to run one statement that reads jobs. */
export interface Plan {
  /** The index of each walk; `none` where the whole table is read. */
  readonly indexes: readonly string[];
  /** Does it sort what it has read? */
  readonly sorts: boolean;
  /** The statement and its plan, for a message. */
  readonly text: string;
}

interface Query {
  readonly sql: string;
  readonly bindings: readonly unknown[];
}

/** The plans of all statements that `work` sends, as they were sent. */
export async function plansOf(database: Database, work: () => Promise<unknown>): Promise<Plan[]> {
  const queries: Query[] = [];
  const note = (query: Query) => queries.push(query);
  database.knex.on('query', note);
  await work();
  database.knex.removeListener('query', note);
  const plans: Plan[] = [];
  for (const query of queries) plans.push(await planOf(database, query));
  return plans;
}

function planOf(database: Database, query: Query): Promise<Plan> {
  return database.dialect.name === 'mysql' ? mysqlPlan(database, query) : sqlitePlan(database, query);
}

async function mysqlPlan(database: Database, { sql, bindings }: Query): Promise<Plan> {
  const [rows] = await database.knex.raw(`EXPLAIN ${sql}`, [...bindings] as string[]);
  const steps = rows as { table: string | null; type: string | null; key: string | null; Extra: string | null }[];
  const reads = steps.filter(({ table }) => table === 'progress_manager');
  return {
    indexes: reads.map(({ key, type }) => (type === 'ALL' ? 'none' : (key ?? 'none'))),
    sorts: steps.some(({ Extra }) => Extra?.includes('Using filesort')),
    text: `${sql}\n${JSON.stringify(steps, undefined, 2)}`,
  };
}

async function sqlitePlan(database: Database, { sql, bindings }: Query): Promise<Plan> {
  const steps: { detail: string }[] = await database.knex.raw(`EXPLAIN QUERY PLAN ${sql}`, [...bindings] as string[]);
  const details = steps.map(({ detail }) => detail);
  return {
    indexes: details
      .filter((detail) => /^(SEARCH|SCAN) progress_manager\b/.test(detail))
      .map((detail) => /USING (?:COVERING )?(?:INDEX|INTEGER) (\w+)/.exec(detail)?.[1] ?? 'none'),
    sorts: details.some((detail) => detail.includes('TEMP B-TREE')),
    text: `${sql}\n${details.join('\n')}`,
  };
}

import type { TablesStanding } from '../../contracts/tables-standing.js';
import { type Finding, failure, ok } from './finding.js';

const SEVERAL = 3;

export function judgeMigrations({ pending, outgrownBy }: TablesStanding): Finding {
  if (outgrownBy.length > 0) {
    return failure(
      'migrations',
      `A newer version has taken away what this one works with (migration ${outgrownBy.join(', ')}).`,
      'Install the newest version of progress-manager.',
    );
  }
  if (pending.length === 0) return ok('migrations', 'The tables are up to date.');
  return failure(
    'migrations',
    `The database lacks ${pending.length} of them (${pending.slice(0, SEVERAL).join(', ')}${pending.length > SEVERAL ? ', …' : ''}).`,
    'Run "progress-manager migrate" on it (in a clone "npm run pm -- migrate").',
  );
}

/** Without transactions a slice could be recorded without its writes. */
export function judgeEngines(foreign: readonly { readonly table: string; readonly engine: string }[]): Finding {
  if (foreign.length === 0) return ok('table engine', 'Our tables are InnoDB tables.');
  return failure(
    'table engine',
    `${foreign.map(({ table, engine }) => `${table} is a ${engine} table`).join(', ')}: nothing there can be rolled back.`,
    `While no worker runs: ${foreign.map(({ table }) => `ALTER TABLE ${table} ENGINE = InnoDB`).join('; ')}.`,
  );
}

export function judgeCharset(narrow: readonly { readonly column: string; readonly charset: string }[]): Finding {
  if (narrow.length === 0) return ok('character set', 'Texts of people are utf8mb4.');
  return failure(
    'character set',
    `Of progress_manager ${narrow.map(({ column, charset }) => `${column} is ${charset}`).join(', ')}: jobs with other letters or emoji are refused.`,
    'While no worker runs, ALTER TABLE progress_manager MODIFY these columns to CHARACTER SET utf8mb4, with the type and default they have.',
  );
}

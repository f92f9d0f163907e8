import { type DatabasePatient, examineDatabase } from './examine-database.js';
import { examineFiles } from './examine-files.js';
import { examineModules } from './examine-modules.js';
import type { Finding } from './finding.js';
import { look } from './look.js';

export interface Patient {
  /** The folder that holds `modules`. */
  readonly root: string;
  readonly filesDir: string;
  /** `undefined`: the settings do not say where it is. */
  readonly database: DatabasePatient | undefined;
  /** Ids of the keys of secrets; `undefined`: the settings do not say which. */
  readonly keyIds?: readonly string[] | undefined;
}

/** Longer than all the deadlines within: a look that hangs all the same must not hide what the others saw. */
const MOST_MS = 30_000;

/** Looks at everything at once, so that a broken config does not hide that the database is down. Never throws. */
export async function examine({ root, filesDir, database, keyIds }: Patient): Promise<readonly Finding[]> {
  const modules = examineModules(root);
  const types = async () => (await modules).types;
  const abilities = async () => {
    const { versions } = await modules;
    return versions && keyIds && { versions, keyIds };
  };
  const found = await Promise.all([
    modules.then(({ findings }) => findings),
    database ? look('database', () => examineDatabase(database, types, abilities), MOST_MS) : [],
    examineFiles(filesDir),
  ]);
  return found.flat();
}

import { type Finding, failure, ok, warning } from './finding.js';

/** UPDATE … FROM is SQLite's since this one. */
const LEAST_MINOR = 33;

export function judgeSqliteVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 3 || (major === 3 && minor >= LEAST_MINOR)) return ok('version', `The library is SQLite ${version}.`);
  return failure(
    'version',
    `The library is SQLite ${version}, which is too old.`,
    'Update the package better-sqlite3.',
  );
}

/** `memory`: a database that was never a file. */
export function judgeJournal(mode: string): Finding {
  if (mode === 'wal') return ok('journal', 'It is WAL: readers go on while one writes.');
  if (mode === 'memory') {
    return warning('journal', 'The database is in memory, and gone with its process.', 'Name a file in DATABASE_URL.');
  }
  return warning(
    'journal',
    `It is ${mode} instead of WAL: readers wait for whoever writes.`,
    'Put the file on a local disk, in a folder that this user may write: WAL needs both.',
  );
}

/** `undefined`: not looked, because the file is too large to stop everything else for. */
export function judgeIntegrity(answer: string | undefined, bytes: number): Finding {
  if (answer === undefined) {
    const size = `${Math.round(bytes / 1024 ** 2)} MiB`;
    return ok(
      'integrity',
      `The file is too large to be checked beside work (${size}); in a quiet hour: PRAGMA quick_check.`,
    );
  }
  if (answer === 'ok') return ok('integrity', 'The file is sound.');
  return failure(
    'integrity',
    `The file is damaged: ${answer.replace(/\s+/g, ' ').replace(/\.$/, '')}.`,
    'Stop all workers, keep a copy of the file, and bring a backup back, or what "sqlite3 <file> .recover" can save.',
  );
}

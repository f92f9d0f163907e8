import { describeError } from '../../contracts/describe-error.js';
import { type Finding, failure, ok, warning } from './finding.js';

const SLOW_MS = 500;
const UNREACHABLE = 'Is the server up, is a firewall in between, and are host and port right in DATABASE_URL?';

/** What to do about each way not to come in, by the codes of the driver. */
const REMEDY_OF: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: start the server, or mend host and port in DATABASE_URL.',
  ENOTFOUND: 'Mend the host in DATABASE_URL, or the name service.',
  EAI_AGAIN: 'Mend the host in DATABASE_URL, or the name service.',
  ER_ACCESS_DENIED_ERROR: 'Mend user and password in DATABASE_URL (special characters percent-encoded).',
  ER_DBACCESS_DENIED_ERROR: 'Give the user its rights: GRANT SELECT, INSERT, UPDATE, DELETE on the database.',
  ER_BAD_DB_ERROR: 'Make it with CREATE DATABASE … CHARACTER SET utf8mb4, or mend its name in DATABASE_URL.',
  ER_CON_COUNT_ERROR: 'Raise max_connections on the server, or lower PM_POOL of the workers.',
  HANDSHAKE_NO_SSL_SUPPORT: 'Let the server offer TLS, or take ssl-mode out of DATABASE_URL.',
  HANDSHAKE_SSL_ERROR: 'Name the certificate authority with NODE_EXTRA_CA_CERTS, or mend the host in DATABASE_URL.',
  SQLITE_CANTOPEN: 'Mend the rights of the file and its folder, or name another file in DATABASE_URL.',
  SQLITE_READONLY: 'Mend the rights of the file and its folder, or name another file in DATABASE_URL.',
  SQLITE_NOTADB: 'Name another file in DATABASE_URL, or move that one away.',
  SQLITE_BUSY: 'End the program that keeps the file locked: a shell with an open transaction, or a backup.',
};

/** `where` never holds user or password. */
export function judgeReached(where: string, tookMs: number): Finding {
  const said = `${where} answered in ${Math.round(tookMs)} ms`;
  if (tookMs < SLOW_MS) return ok('database', `${said}.`);
  return warning(
    'database',
    `${said}.`,
    'Look for load on the server, or for a long way to it: every step of a job waits so long.',
  );
}

export function judgeUnreached(where: string, error: unknown): Finding {
  return failure('database', `${where} cannot be used: ${reasonOf(error)}.`, remedyOf(error));
}

/** An embedded database that nobody has made yet: looking must not make it. */
export function judgeMissingFile(path: string): Finding {
  return failure(
    'database',
    `There is no file ${path} yet.`,
    'Run "progress-manager migrate", which makes it (in a clone "npm run pm -- migrate").',
  );
}

function remedyOf(error: unknown): string {
  const code = codeOf(error);
  return (
    REMEDY_OF[code] ??
    (code.startsWith('SQLITE_') ? 'Mend the file that DATABASE_URL names, or name another.' : UNREACHABLE)
  );
}

/** Of the pool's own words only what they mean here. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'KnexTimeoutError') return 'it did not answer in time';
  const words = describeError(error).replace('The database refused it: ', '').replace(/\.$/, '');
  return words === '' || words === 'AggregateError' ? codeOf(error) : words;
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}

import type { OpenTransaction, ServerVariables } from '../../store/server-probes.js';
import { type Finding, failure, ok, warning } from './finding.js';

const LEAST = { MySQL: [8, 0], MariaDB: [10, 6] } as const;
const MIB = 1024 ** 2;
/** Data and result of 1 MiB each, which are twice as long when every character is escaped, and the rest of a row. */
const LEAST_PACKET = 5 * MIB;
const HOUR_S = 3600;

export function judgeVersion({ version = '', version_comment: comment = '' }: ServerVariables): Finding {
  // MariaDB puts an old number in front, for clients that expect MySQL's.
  const [, major, minor] = (/^(?:5\.5\.5-)?(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
  const kind = /mariadb/i.test(version + comment) ? 'MariaDB' : 'MySQL';
  const [leastMajor, leastMinor] = LEAST[kind];
  const said = `The server is ${kind} ${version}`;
  if (
    major === undefined ||
    minor === undefined ||
    major < leastMajor ||
    (major === leastMajor && minor < leastMinor)
  ) {
    return failure(
      'version',
      `${said}, which is too old.`,
      `Use ${kind} ${leastMajor}.${leastMinor} or later; MySQL 8.0 and MariaDB 10.6 are the first that serve.`,
    );
  }
  const other = /tidb|vitess/i.exec(version + comment)?.[0];
  if (other === undefined) return ok('version', `${said}.`);
  return warning(
    'version',
    `${said}, which is no MySQL.`,
    'Try it out before you rely on it: only MySQL, MariaDB and SQLite are tested.',
  );
}

/** With a statement-based log, InnoDB refuses every write of a READ COMMITTED session (error 1665). */
export function judgeBinaryLog({ log_bin: log = 'OFF', binlog_format: format = 'ROW' }: ServerVariables): Finding {
  if (!isOn(log)) return ok('binary log', 'There is none.');
  if (format.toUpperCase() !== 'STATEMENT') return ok('binary log', `Its format is ${format}.`);
  return failure(
    'binary log',
    'Its format is STATEMENT, with which the server refuses writes under READ COMMITTED.',
    'Set binlog_format to ROW (or MIXED) in the configuration of the server.',
  );
}

/** `isRefused`: whether a write was, where one was tried. A user with special rights may write all the same. */
export function judgeWritable(variables: ServerVariables, isRefused: boolean | undefined): Finding {
  const flags = (['read_only', 'super_read_only', 'innodb_read_only'] as const).filter((name) => isOn(variables[name]));
  const remedy = 'Point DATABASE_URL at the primary, or end its read-only mode.';
  if (isRefused || (isRefused === undefined && flags.length > 0)) {
    return failure('writable', `The server takes no writes (${flags.join(', ') || 'a read-only session'}).`, remedy);
  }
  if (flags.length === 0) return ok('writable', 'The server takes writes.');
  return warning(
    'writable',
    `The server is read-only (${flags.join(', ')}), though not for this user: it may be a replica.`,
    remedy,
  );
}

export function judgePacket({ max_allowed_packet: packet }: ServerVariables): Finding {
  const bytes = Number(packet);
  const said = `A statement may be ${mebibytes(bytes)} MiB long`;
  if (!(bytes < LEAST_PACKET)) return ok('packet size', `${said}.`);
  return warning(
    'packet size',
    `${said}: data and results of up to 1 MiB each may need more.`,
    `Set max_allowed_packet to ${mebibytes(LEAST_PACKET)} MiB at least, better 16 MiB.`,
  );
}

/** `open`: connections on the server now. */
export function judgeConnections(variables: ServerVariables, open: number, pool: number): Finding {
  const most = Number(variables.max_connections);
  const mostOfUser = Number(variables.max_user_connections ?? 0);
  const remedy = 'Raise it on the server, or lower PM_POOL (and PM_LIMIT); each worker has a pool of its own.';
  if (mostOfUser > 0 && mostOfUser < pool) {
    return warning(
      'connections',
      `The user may have ${mostOfUser} connections (max_user_connections), and a worker uses up to ${pool}.`,
      remedy,
    );
  }
  const said = `${open} of ${most} connections are taken, and a worker uses up to ${pool}`;
  if (open + pool <= most) return ok('connections', `${said}.`);
  return warning('connections', `${said}: that is more than is left (max_connections).`, remedy);
}

/** Also a long report: rows that were changed since it began are kept, and locking reads become slower and slower. */
export function judgeTransactions(open: readonly OpenTransaction[]): Finding {
  const [longest] = open;
  if (longest === undefined) return ok('open transactions', 'None has been open for long.');
  const connections = open.map(({ connection }) => connection);
  return warning(
    'open transactions',
    `${open.length === 1 ? 'One has' : `${open.length} have`} been open for long, connection ${longest.connection} for ${spoken(longest.seconds)}: claims become slower.`,
    `End what left it open, or the connection itself: ${connections.map((id) => `KILL ${id}`).join('; ')}.`,
  );
}

/** `ON`, `1`, and MariaDB 12's `NO_LOCK` and `NO_LOCK_NO_ADMIN`. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && !/^(?:OFF|0|)$/i.test(value);
}

function mebibytes(bytes: number): number {
  return Math.round((bytes / MIB) * 10) / 10;
}

function spoken(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 2 * HOUR_S ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / HOUR_S)} h`;
}

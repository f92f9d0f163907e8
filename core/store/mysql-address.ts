import { isIP } from 'node:net';
import { ConfigurationError } from '../contracts/errors.js';

/** How mysql2 encrypts a connection. Without one it does not. */
interface Encryption {
  readonly rejectUnauthorized: boolean;
  readonly verifyIdentity: boolean;
}

export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ssl?: Encryption;
}

/** The words of MySQL's own clients. PREFERRED is not among them: it would give way to plain text without a word. */
const SSL_MODES: Readonly<Record<string, Encryption | undefined>> = {
  DISABLED: undefined,
  REQUIRED: { rejectUnauthorized: false, verifyIdentity: false },
  VERIFY_CA: { rejectUnauthorized: true, verifyIdentity: false },
  VERIFY_IDENTITY: { rejectUnauthorized: true, verifyIdentity: true },
};

const FORM = 'mysql://user:password@host:3306/database';

/** What is wrong with the address of a MySQL or MariaDB database; never repeats it, because it may hold a password. */
export function faultOfMysqlAddress(text: string): string | undefined {
  if (!/^(?:mysql|mariadb):\/\//.test(text)) return `must be sqlite:<path> or ${FORM}`;
  if (!isWellFormed(text)) {
    return 'is not a well-formed address: in user and password write special characters percent-encoded, "#" as %23, "?" as %3F and "%" as %25';
  }
  const { hostname, pathname, searchParams } = new URL(text);
  if (hostname === '') return `names no host: write ${FORM}`;
  if (!/^\/[^/]+$/.test(pathname)) return `names no database: write ${FORM}`;
  return faultOfParameters(searchParams) ?? faultOfIdentity(hostOf(hostname), searchParams);
}

/** Throws ConfigurationError for an address that cannot serve. */
export function readMysqlAddress(text: string): MysqlAddress {
  const fault = faultOfMysqlAddress(text);
  if (fault !== undefined) throw new ConfigurationError([`DATABASE_URL ${fault}.`]);
  const { hostname, port, username, password, pathname, searchParams } = new URL(text);
  const ssl = SSL_MODES[searchParams.get('ssl-mode') ?? 'DISABLED'];
  return {
    host: hostOf(hostname),
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    ...(ssl && { ssl }),
  };
}

/** A parameter that were passed over would be believed to work. */
function faultOfParameters(parameters: URLSearchParams): string | undefined {
  const unknown = [...parameters.keys()].filter((name) => name !== 'ssl-mode');
  if (unknown.length > 0 || parameters.getAll('ssl-mode').length > 1) {
    return 'takes one parameter after the "?", ssl-mode; in user and password write "?" as %3F';
  }
  const mode = parameters.get('ssl-mode');
  if (mode === null || Object.hasOwn(SSL_MODES, mode)) return undefined;
  return `must have an ssl-mode of ${Object.keys(SSL_MODES).join(', ')}`;
}

/** mysql2 checks names in certificates, and passes over addresses. */
function faultOfIdentity(host: string, parameters: URLSearchParams): string | undefined {
  if (parameters.get('ssl-mode') !== 'VERIFY_IDENTITY' || isIP(host) === 0) return undefined;
  return 'must name its host for ssl-mode VERIFY_IDENTITY: the identity of an IP address cannot be verified';
}

const hostOf = (hostname: string) => hostname.replace(/^\[|\]$/g, '');

function isWellFormed(text: string): boolean {
  try {
    const { username, password, pathname, hash } = new URL(text);
    decodeURIComponent(username + password + pathname);
    return hash === '';
  } catch {
    return false;
  }
}

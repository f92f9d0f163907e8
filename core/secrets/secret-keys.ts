import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ConfigurationError, RefusedError, SecretUnreadableError } from '../contracts/errors.js';
import type { SealedSecrets } from '../contracts/secret.js';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const ENTRY = /^([A-Za-z0-9_.-]{1,40}):([A-Za-z0-9+/_-]{43}=?)$/;
/** How to make a key, for those who have none. */
const HOW = '"openssl rand -base64 32" makes a key';

/**
 * What is wrong with keys that are written `id:key`; `undefined`: nothing. It repeats nothing of them, because what
 * stands at the wrong place may be a key.
 */
export function faultOfSecretKeys(entries: readonly string[]): string | undefined {
  if (!Array.isArray(entries)) return 'must be a list of texts, id:key each';
  const at = entries.findIndex((entry) => parsed(entry) === undefined);
  if (at >= 0) {
    return `entry ${at + 1} of ${entries.length} is not id:key, an id of 1 to 40 letters, digits, "_", "-" or "." and ${KEY_BYTES} bytes in base64 (${HOW})`;
  }
  const ids = entries.map((entry) => parsed(entry)?.id);
  const twin = ids.findIndex((id, index) => ids.indexOf(id) !== index);
  return twin < 0 ? undefined : `has the id of entry ${twin + 1} twice; each key needs an id of its own`;
}

/** Seals and opens secret parameters. The first key seals; all of them open. */
export class SecretKeys {
  readonly #keys: ReadonlyMap<string, Buffer>;

  /** `id:key` each, the key in base64. Throws ConfigurationError. */
  constructor(entries: readonly string[] = []) {
    const fault = faultOfSecretKeys(entries);
    if (fault !== undefined) throw new ConfigurationError([`secretKeys: ${fault}.`]);
    this.#keys = new Map(entries.flatMap(parsedList));
  }

  /** Of all keys, the one that seals first. */
  get ids(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /** Throws RefusedError when there is no key. */
  seal(jobId: string, secrets: Readonly<Record<string, string>>): SealedSecrets {
    const [first] = this.#keys;
    if (!first) {
      throw new RefusedError(
        'no_secret_key',
        `There is no key to seal secrets with, so the job was not pushed. Set PM_SECRET_KEY, or secretKeys of boot, to id:key (${HOW}), the same for all workers.`,
      );
    }
    const [keyId, key] = first;
    const sealed = Object.entries(secrets).map(([name, value]) => [name, sealOne(key, bindingOf(jobId, name), value)]);
    return { keyId, values: Object.fromEntries(sealed) };
  }

  /** Throws SecretUnreadableError: the key is not here, or what was sealed is another job's, another field's or altered. */
  open(jobId: string, { keyId, values }: SealedSecrets): Readonly<Record<string, string>> {
    const key = this.#keys.get(keyId);
    if (!key) {
      throw new SecretUnreadableError(
        `The secrets of this job were sealed with the key "${keyId}", which is not among the keys here. Add it to PM_SECRET_KEY.`,
      );
    }
    const opened = Object.entries(values).map(([name, sealed]) => {
      const value = openOne(key, bindingOf(jobId, name), sealed);
      if (value !== undefined) return [name, value];
      throw new SecretUnreadableError(
        `The secret "${name}" cannot be opened: it was sealed for another job or field, with another key of the id "${keyId}", or was altered. Put the right key into PM_SECRET_KEY and retry the job, or push it anew.`,
      );
    });
    return Object.fromEntries(opened);
  }
}

/** What a sealed value is bound to: moved to another job or field it does not open. */
const bindingOf = (jobId: string, name: string) => Buffer.from(JSON.stringify(['progress-manager', jobId, name]));

function sealOne(key: Buffer, binding: Buffer, value: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(binding);
  const text = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64');
}

function openOne(key: Buffer, binding: Buffer, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  const [iv, tag] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES)];
  if (tag.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(binding).setAuthTag(tag);
  const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    // Not authentic: who asks says so.
    return undefined;
  }
}

function parsed(entry: unknown): { readonly id: string; readonly key: Buffer } | undefined {
  const [, id, text] = (typeof entry === 'string' && ENTRY.exec(entry.trim())) || [];
  if (id === undefined || text === undefined) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length === KEY_BYTES ? { id, key } : undefined;
}

function parsedList(entry: string): [string, Buffer][] {
  const found = parsed(entry);
  return found ? [[found.id, found.key]] : [];
}

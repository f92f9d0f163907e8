import { createHash, randomBytes, randomInt } from 'node:crypto';
import type { Knex } from 'knex';
import { validate as isUuid } from 'uuid';
import type { AccessKey, AccessStore } from '../contracts/access-store.js';
import { checkUserId } from '../contracts/check-text.js';
import type { User } from '../contracts/user.js';
import type { Database } from './database.js';
import { newId } from './new-id.js';
import { fromStored } from './row.js';
import { retryTransient } from './transient.js';

const SESSION_MS = 30 * 24 * 60 * 60 * 1000;
/** Letters and digits, 40 in all: there are clients that check the key of their service, and take no other. */
const KEY_PREFIX = 'pm';
const KEY_LETTERS = 38;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** Also as keys were before. */
const KEY = /^pm(?:[A-Za-z0-9]{38}|_[\w-]{43})$/;
const TOKEN = /^[\w-]{43}$/;

interface UserRow {
  readonly user_id: string;
  readonly is_admin: number;
}

interface KeyRow extends UserRow {
  readonly id: string;
  readonly created_at: string;
  readonly revoked_at: string | null;
}

/** Keys and sessions in the application's database, as hashes: who reads the tables can open nothing with them. */
export class KnexAccessStore implements AccessStore {
  constructor(private readonly database: Database) {}

  async addKey(user: User): Promise<{ readonly id: string; readonly key: string }> {
    checkUserId('userId', user.id);
    const id = newId();
    const key = KEY_PREFIX + letters(KEY_LETTERS);
    const row = { id, key_hash: hash(key), ...userColumns(user), created_at: this.#now() };
    await retryTransient(() => this.database.from('progress_access_key').insert(row));
    return { id, key };
  }

  async listKeys(): Promise<readonly AccessKey[]> {
    const rows: KeyRow[] = await this.database
      .from('progress_access_key')
      .select('id', 'user_id', 'is_admin', 'created_at', 'revoked_at')
      .orderBy(['created_at', 'id']);
    return rows.map((row) => ({
      id: row.id,
      user: toUser(row),
      createdAt: fromStored(row.created_at),
      revokedAt: fromStored(row.revoked_at),
    }));
  }

  async revokeKey(id: string): Promise<boolean> {
    // MySQL refuses to compare an ASCII column with other letters at all.
    if (!isUuid(id)) return false;
    const revoked = await retryTransient(() =>
      this.database.from('progress_access_key').where({ id, revoked_at: null }).update({ revoked_at: this.#now() }),
    );
    return revoked === 1;
  }

  async userOfKey(key: string): Promise<User | undefined> {
    const row = await this.#validKey(key);
    return row && toUser(row);
  }

  async beginSession(source: { readonly key: string } | { readonly user: User }): Promise<string | undefined> {
    const key = 'key' in source ? await this.#validKey(source.key) : undefined;
    const user = 'user' in source ? source.user : key && toUser(key);
    if (!user) return undefined;
    checkUserId('userId', user.id);
    const token = secret();
    const row = {
      token_hash: hash(token),
      key_id: key?.id ?? null,
      ...userColumns(user),
      created_at: this.#now(),
      expires_at: this.database.knex.raw(this.database.dialect.nowPlus(), [SESSION_MS]),
    };
    await retryTransient(() => this.database.from('progress_session').insert(row));
    await this.#forgetExpired();
    return token;
  }

  async userOfSession(token: string): Promise<User | undefined> {
    if (!TOKEN.test(token)) return undefined;
    const row: UserRow | undefined = await this.database
      .from('progress_session as s')
      .leftJoin('progress_access_key as k', 'k.id', 's.key_id')
      .where('s.token_hash', hash(token))
      .whereRaw(`s.expires_at > ${this.database.dialect.now()}`)
      // Asked with every request, so that revoking a key needs no second statement to end its sessions.
      .whereRaw('(s.key_id IS NULL OR (k.id IS NOT NULL AND k.revoked_at IS NULL))')
      .first('s.user_id', 's.is_admin');
    return row && toUser(row);
  }

  async endSession(token: string): Promise<void> {
    await retryTransient(() => this.database.from('progress_session').where('token_hash', hash(token)).delete());
  }

  async #validKey(key: string): Promise<KeyRow | undefined> {
    if (!KEY.test(key)) return undefined;
    return this.database
      .from('progress_access_key')
      .where({ key_hash: hash(key), revoked_at: null })
      .first();
  }

  async #forgetExpired(): Promise<void> {
    await retryTransient(() =>
      this.database.from('progress_session').whereRaw(`expires_at <= ${this.database.dialect.now()}`).delete(),
    );
  }

  #now(): Knex.Raw {
    return this.database.knex.raw(this.database.dialect.now());
  }
}

/** Random ones, of 62: 38 of them are 226 bits. */
function letters(count: number): string {
  return Array.from({ length: count }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

/** 256 random bits. */
function secret(): string {
  return randomBytes(32).toString('base64url');
}

/** Secrets are random, so that a plain digest cannot be guessed back and needs no salt. */
function hash(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

function userColumns({ id, isAdmin }: User) {
  return { user_id: id, is_admin: isAdmin ? 1 : 0 };
}

function toUser({ user_id, is_admin }: UserRow): User {
  return { id: user_id, isAdmin: is_admin === 1 };
}

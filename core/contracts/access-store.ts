import type { User } from './user.js';

/** An access key as admins list it; the key itself is shown once, when it is made, and kept as a hash. */
export interface AccessKey {
  readonly id: string;
  readonly user: User;
  readonly createdAt: string;
  readonly revokedAt: string | undefined;
}

/** Who may come in: keys of programs and people, and the sessions of browsers. */
export interface AccessStore {
  /** Makes a key for a user, 40 letters and digits, and returns it; this is the only time it is seen. */
  addKey(user: User): Promise<{ readonly id: string; readonly key: string }>;
  listKeys(): Promise<readonly AccessKey[]>;
  /** From now on the key, and every session begun with it, opens nothing. `false`: there is no such valid key. */
  revokeKey(id: string): Promise<boolean>;
  userOfKey(key: string): Promise<User | undefined>;
  /** Begins a session and returns its token. With a key the session ends when that key is revoked. */
  beginSession(source: { readonly key: string } | { readonly user: User }): Promise<string | undefined>;
  userOfSession(token: string): Promise<User | undefined>;
  endSession(token: string): Promise<void>;
}

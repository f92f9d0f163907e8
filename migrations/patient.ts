import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { StoreUnavailableError } from '../core/contracts/errors.js';

/** How long a change of a table waits for those who use it, s: whoever comes after it waits behind it. */
const WAIT_S = 2;
/** Then they are let through, ms. */
const PAUSE_MS = 1000;
const TRIES = 20;

/** ER_LOCK_WAIT_TIMEOUT, also where the lock is one of a table's definition. */
export const LOCK_WAIT = 1205;
/**
 * ER_TABLE_EXISTS_ERROR, ER_DUP_FIELDNAME, ER_DUP_KEYNAME, ER_CANT_DROP_FIELD_OR_KEY: between looking and doing it was
 * done, by the server for a migrator that was killed.
 */
const DONE_MEANWHILE = [1050, 1060, 1061, 1091];
/** What is so for good is no trace of another's work. */
const LOOKS = 2;
const AGAIN: ReadonlySet<unknown> = new Set([LOCK_WAIT, ...DONE_MEANWHILE]);

/**
 * The same migration for a table that is in use. On MySQL a change waits for every transaction that has touched the
 * table, a day by default, and every claim, beat and push waits behind it; this one waits 2 s at a time, lets them
 * through, and tries again, for a minute. Only for what may be run again from its start. Throws StoreUnavailableError.
 */
export function patient(name: string, { up, down }: Knex.Migration): Knex.Migration {
  const patiently = (change: (knex: Knex) => PromiseLike<unknown>) => async (knex: Knex) => {
    if (knex.client.dialect === 'sqlite3') return void (await change(knex));
    await knex.raw(`SET SESSION lock_wait_timeout = ${WAIT_S}`);
    // Where this throws, nothing else is begun on this connection.
    await tryAgain(name, () => change(knex));
    await knex.raw('SET SESSION lock_wait_timeout = DEFAULT');
  };
  return { up: patiently(up), ...(down && { down: patiently(down) }) };
}

async function tryAgain(name: string, change: () => PromiseLike<unknown>): Promise<void> {
  let looked = 0;
  for (let tried = 1; ; tried++) {
    try {
      await change();
      return;
    } catch (error) {
      const { errno } = error as { readonly errno?: unknown };
      if (!AGAIN.has(errno)) throw error;
      if (errno === LOCK_WAIT && tried === TRIES) throw inUse(name, error);
      if (errno !== LOCK_WAIT && ++looked > LOOKS) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

function inUse(name: string, cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError(
    `The migration ${name} could not change a table that a transaction has held for ${(TRIES * (WAIT_S * 1000 + PAUSE_MS)) / 1000} s, a backup or a long report perhaps (SHOW PROCESSLIST names it). End it, or migrate when it has ended.`,
    { cause },
  );
}

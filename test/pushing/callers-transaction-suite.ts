import knexOf, { type Knex } from 'knex';
import { type App, type BootOptions, KeyBusyError, type PushOptions } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { script } from '../fixtures/scripted/open-scripted.js';
import { writeSetup } from '../loop/write-setup.js';

/** How callers come by a transaction. */
export interface Way {
  readonly name: string;
  begin(knex: Knex): Promise<Begun>;
}

/** Undone with `await using`, unless it was committed. */
export interface Begun extends AsyncDisposable {
  readonly transaction: NonNullable<PushOptions['transaction']>;
  run(sql: string): Promise<unknown>;
  commit(): Promise<unknown>;
  rollback(): Promise<unknown>;
}

/** A transaction of a knex; `end` closes what was opened for it. */
export async function begunOn(knex: Knex, end?: () => Promise<unknown>): Promise<Begun> {
  const transaction = await knex.transaction();
  return {
    transaction,
    run: (sql) => transaction.raw(sql),
    commit: async () => transaction.commit(),
    rollback: async () => transaction.rollback(),
    [Symbol.asyncDispose]: async () => {
      if (!transaction.isCompleted()) await transaction.rollback();
      await end?.();
    },
  };
}

export const ownKnex: Way = { name: 'of the container’s knex', begin: (knex) => begunOn(knex) };

/** A job pushed in a transaction of the caller's is a part of it. */
export function callersTransactionSuite(database: () => Partial<BootOptions>, ways: readonly Way[]): void {
  const open = writeSetup(database);
  const total = async (app: App) => (await app.container.get('progressManager').find()).total;

  describe.each(ways)('a transaction $name', (way) => {
    test('its commit brings the job, which is carried like any other', async () => {
      await using scripted = await open();
      await using begun = await way.begin(scripted.knex);
      const { transaction } = begun;
      await begun.run("INSERT INTO note (text) VALUES ('order 7')");
      const pushed = await scripted.manager.push('Invoice', 'scripted', { order: 7 }, { transaction });
      expect(pushed).toMatchObject({ created: true, number: expect.any(Number) });
      await begun.commit();
      expect(await scripted.notes()).toEqual(['order 7']);
      expect(await scripted.job(pushed.number)).toMatchObject({ id: pushed.id, data: { order: 7 }, status: 'new' });
      expect((await scripted.carried(pushed.number)).offset).toBe(1);
    });

    test('its rollback leaves nothing, also of a list, and frees the keys', async () => {
      await using scripted = await open();
      await using begun = await way.begin(scripted.knex);
      const { transaction } = begun;
      await scripted.manager.push('Invoice', 'scripted', {}, { transaction, key: 'a' });
      const list = [1, 2, 3].map((order) => ({ name: 'Invoice', type: 'scripted', data: { order } }));
      expect(await scripted.manager.pushMany(list, { transaction })).toHaveLength(3);
      await begun.rollback();
      expect(await total(scripted.app)).toBe(0);
      expect(await scripted.manager.push('Invoice', 'scripted', {}, { key: 'a' })).toMatchObject({ created: true });
    });

    test('a busy key is told, and the transaction goes on', async () => {
      await using scripted = await open();
      await using begun = await way.begin(scripted.knex);
      const { transaction } = begun;
      const holder = await scripted.manager.push('First', 'scripted', {}, { transaction, key: 'a' });
      const again = { transaction, key: 'a' };
      await expect(scripted.manager.push('Second', 'scripted', {}, again)).rejects.toThrow(KeyBusyError);
      const joined = await scripted.manager.push('Third', 'scripted', {}, { ...again, onKey: 'join' });
      expect(joined).toEqual({ ...holder, created: false });
      await begun.run("INSERT INTO note (text) VALUES ('kept')");
      await begun.commit();
      expect([await scripted.notes(), await total(scripted.app)]).toEqual([['kept'], 1]);
    });

    test('a busy key of a job that is to follow is told, and leaves nothing of the first', async () => {
      await using scripted = await open();
      await scripted.manager.push('Holder', 'scripted', {}, { key: 'a' });
      await using begun = await way.begin(scripted.knex);
      const { transaction } = begun;
      const next = { name: 'Then', type: 'scripted', options: { key: 'a' } };
      const push = () => scripted.manager.push('First', 'scripted', {}, { transaction, next });
      await expect(push()).rejects.toThrow(KeyBusyError);
      await begun.commit();
      expect(await total(scripted.app)).toBe(1);
    });

    test('a push with its own id that is sent again is the same job', async () => {
      await using scripted = await open();
      await using begun = await way.begin(scripted.knex);
      const { transaction } = begun;
      const options = { transaction, id: '0193a2b4-7c1d-7e2f-8a3b-4c5d6e7f8091' };
      const first = await scripted.manager.push('Invoice', 'scripted', {}, options);
      expect(await scripted.manager.push('Invoice', 'scripted', {}, options)).toEqual({ ...first, created: false });
      const list = [{ name: 'Invoice', type: 'scripted', options: { id: options.id } }];
      expect(await scripted.manager.pushMany(list, { transaction })).toEqual([{ ...first, created: false }]);
      await begun.commit();
      expect(await total(scripted.app)).toBe(1);
    });

    test('texts are bound, whatever they hold', async () => {
      await using scripted = await open();
      await using begun = await way.begin(scripted.knex);
      const { transaction } = begun;
      const name = `\\' OR 1=1 # "; DROP TABLE note; -- 😀 ?`;
      const { number } = await scripted.manager.push(name, 'scripted', { name }, { transaction, userId: name });
      await begun.commit();
      expect(await scripted.job(number)).toMatchObject({ name, data: { name }, userId: name });
    });
  });

  test('a slice may push with the transaction of its write callback: the job is there with the slice, or not at all', async () => {
    await using scripted = await open();
    const number = await scripted.push();
    const pushed: number[] = [];
    script.slice = async (service, job, context) => {
      context.write(async (transaction) => {
        const { number } = await scripted.manager.push('Child', 'scripted', {}, { transaction });
        pushed.push(number);
        if (job.offset === 0 && pushed.length === 1) throw new Error('on purpose');
      });
      service.advance(1, 1);
      return true;
    };
    expect((await scripted.carried(number)).status).toBe('error');
    expect(await total(scripted.app)).toBe(1);
    await scripted.manager.retry(number);
    expect((await scripted.carried(number)).status).toBe('success');
    expect(await total(scripted.app)).toBe(2);
    expect((await scripted.job(pushed[1] as number)).name).toBe('Child');
  });

  test('the loop of this process takes the job as soon as the transaction is committed', async () => {
    await using scripted = await open({ intervalMs: 60_000 });
    await scripted.app.start();
    const transaction = await scripted.knex.transaction();
    const { id } = await scripted.manager.push('Invoice', 'scripted', {}, { transaction });
    await transaction.commit();
    expect((await scripted.manager.wait(id, { timeout: 5000 })).status).toBe('success');
  });

  const wrong: [string, (knex: Knex) => unknown, RegExp][] = [
    ['a text', () => 'begin', /must be a transaction of knex/],
    ['nothing but an object', () => ({}), /must be a transaction of knex/],
    ['a knex without a transaction', (knex) => knex, /must be a transaction of knex/],
    ['an object of JSON', () => ({ execute: 'x', beginTransaction: 'y' }), /must be a transaction of knex/],
  ];
  test.each(wrong)('%s is none', async (_, transactionOf, message) => {
    await using scripted = await open();
    const transaction = transactionOf(scripted.knex) as never;
    const refusal = { code: 'invalid_input', field: 'transaction', message: expect.stringMatching(message) };
    const { manager } = scripted;
    await expect(manager.push('Invoice', 'scripted', {}, { transaction })).rejects.toMatchObject(refusal);
    await expect(manager.pushMany([{ name: 'x', type: 'scripted' }], { transaction })).rejects.toMatchObject(refusal);
    expect(await total(scripted.app)).toBe(0);
  });

  test('one that has ended, and one of another driver, are refused', async () => {
    await using scripted = await open();
    const ended = await scripted.knex.transaction();
    await ended.commit();
    const push = (transaction: Knex.Transaction) => scripted.manager.push('x', 'scripted', {}, { transaction });
    await expect(push(ended)).rejects.toThrow(/committed or rolled back already/);
    const isMysql = scripted.knex.client.driverName === 'mysql2';
    if (!isMysql) return;
    const other = knexOf({ client: 'better-sqlite3', connection: ':memory:', useNullAsDefault: true });
    const transaction = await other.transaction();
    await expect(push(transaction)).rejects.toThrow(/is one of the driver better-sqlite3; this database has mysql2/);
    await transaction.rollback();
    await other.destroy();
  });

  test('it is named beside a list, not in its entries', async () => {
    await using scripted = await open();
    const transaction = await scripted.knex.transaction();
    const list = [{ name: 'x', type: 'scripted', options: { transaction } }];
    await expect(scripted.manager.pushMany(list)).rejects.toThrow(/Entry 0: transaction: is one for all/);
    await transaction.rollback();
  });
}

import { expect, test } from 'vitest';
import { APPLICATION } from '../../../core/contracts/user.js';
import { Database } from '../../../core/store/database.js';
import { mysqlDialect, sqliteDialect } from '../../../core/store/dialect.js';
import { KnexJobStore } from '../../../core/store/knex-job-store.js';
import { KEEP, LEASE_MS, newJob, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** Without a bound time the database's clock counts, in UTC and to the millisecond. */
export function timeContract(at: StoreUnderTest): void {
  test('times are the database’s own, in UTC', async () => {
    const { store, now } = unbound();
    const before = await now();
    const { job } = await store.insert(newJob());
    const { jobs } = await store.claim({ worker: 'host:1/a', types: ['copy'], limit: 1, leaseMs: LEASE_MS });
    await store.record(jobs[0] as (typeof jobs)[0], slice(), KEEP);
    const after = await now();
    const { createdAt, startedAt, modifiedAt, dueAt } = (await store.get(job.number, APPLICATION)) ?? {};
    for (const time of [createdAt, startedAt, modifiedAt]) expect(millis(time)).toSatisfy(isBetween(before, after));
    expect(millis(dueAt)).toSatisfy(isBetween(before + LEASE_MS, after + LEASE_MS));
    expect(Math.abs(before - Date.now())).toBeLessThan(60_000);
  });

  test('a stored time has one form, with three digits of the second', async () => {
    const { number } = await at.push({ runAt: '2031-02-03T04:05:06.007Z' });
    const { run_at, due_at, created_at } = await at.row(number);
    expect([run_at, due_at]).toEqual(['2031-02-03 04:05:06.007', '2031-02-03 04:05:06.007']);
    expect(created_at).toBe('2030-01-01 00:00:00.000');
  });

  test('a time with another zone is the same instant', async () => {
    const job = await at.push({ runAt: '2031-02-03T04:05:06+05:30' });
    expect(job).toMatchObject({ runAt: '2031-02-02T22:35:06.000Z', dueAt: '2031-02-02T22:35:06.000Z' });
  });

  /** The same rows by the database's own clock. */
  function unbound() {
    const dialect = at.database.dialect.name === 'mysql' ? mysqlDialect() : sqliteDialect();
    const database = new Database(at.database.knex, dialect);
    const now = async () => {
      const [row] = await database.rows<{ time: string }>(`SELECT ${dialect.now()} AS time`, []);
      return millis(row?.time.replace(' ', 'T').concat('Z'));
    };
    return { store: new KnexJobStore(database), now };
  }
}

const millis = (iso: string | undefined) => Date.parse(iso ?? '');
const isBetween = (from: number, to: number) => (time: number) => from <= time && time <= to;

import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Death, Doomed, watchStatements } from '../support/doomed.js';
import type { MakeDatabase } from '../support/shared-database.js';
import type { TestDatabase } from '../support/test-database.js';
import { forgetAll, hooksOf, openHooked, reached } from './open-hooked.js';

const KILLS = 200;
const LONG_AGO = '2000-01-01 00:00:00.000';

type Slice = (typeof reached)['slice'];

/** Ways to an end, each with how it ends. */
const WAYS: readonly { readonly jobs: number; readonly status: string; readonly slice: Slice }[] = [
  { jobs: 1, status: 'success', slice: () => true },
  {
    jobs: 1,
    status: 'error',
    slice: () => {
      throw new Error('on purpose');
    },
  },
  { jobs: 3, status: 'success', slice: () => true },
  { jobs: 1, status: 'success', slice: withWrite as Slice },
];

async function withWrite(
  _service: unknown,
  { number }: { number: number },
  {
    write,
  }: { write(callback: (transaction: (table: string) => { insert(row: object): Promise<void> }) => unknown): void },
): Promise<boolean> {
  write(async (transaction) => void (await transaction('written').insert({ job: number })));
  return true;
}

/** A process that dies between any two statements, and what owners and hooks are told of its jobs in the end. */
export function killsSuite(makeDatabase: MakeDatabase): void {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await makeDatabase();
    forgetAll();
  });
  afterEach(() => database[Symbol.asyncDispose]());

  // Without child processes: a job whose worker died goes on in this one.
  const options = () => ({ databaseUrl: database.url, leaseMs: 2000, graceMs: 0, services: { plain: true } as never });
  const open = () => openHooked({ a: hooksOf('a', ['finished']) }, options());

  test(`${KILLS} kills between two statements: one notification for each end, and no end that is not told`, {
    timeout: 300_000,
  }, async () => {
    let doomed: Doomed | undefined;
    const endWatch = watchStatements(() => doomed);
    const dead: PromiseLike<void>[] = [];
    await using rescuer = await open();
    await rescuer.knex.schema.createTable('written', (table) => table.bigInteger('job'));
    await rescuer.telling.catchUp();
    let kills = 0;
    try {
      for (let round = 0; kills < KILLS; round++) {
        const way = WAYS[round % WAYS.length] as (typeof WAYS)[number];
        for (const when of ['before', 'after'] as const) {
          for (let at = 1; kills < KILLS; at++) {
            const isKilled = await killed(way, { at, when });
            if (!isKilled) break;
            kills++;
          }
        }
      }
    } finally {
      doomed = undefined;
      endWatch();
      await Promise.all(dead);
    }

    /** `false`: it was done before the so-many-th statement. */
    async function killed({ jobs, status, slice }: (typeof WAYS)[number], death: Death): Promise<boolean> {
      reached.heard = [];
      reached.slice = slice;
      const ids = Array.from({ length: jobs }, () => crypto.randomUUID());
      const victim = await open();
      doomed = new Doomed(victim.app, death);
      const work = async () => {
        await Promise.all(ids.map((id) => victim.push({ id, userId: 'ann' })));
        await victim.tick();
        await victim.told();
      };
      const end = await doomed.outlives(work());
      dead.push(victim[Symbol.asyncDispose]().catch(() => undefined));
      await rescue(ids);
      const told = await rescuer.knex('progress_notification').whereIn('job_id', ids).orderBy('job_id');
      const said = `${JSON.stringify(death)} of ${status}`;
      expect(
        told.map(({ job_id, status: how }) => ({ job_id, how })),
        said,
      ).toEqual([...ids].sort().map((job_id) => ({ job_id, how: status })));
      const heard = new Set(reached.heard.map(([, , { job }]) => job.id));
      expect([...heard].sort(), said).toEqual([...ids].sort());
      return end === 'dead';
    }

    /** What another worker does once the leases of the dead one have run out. */
    async function rescue(ids: readonly string[]): Promise<void> {
      await Promise.all(ids.map((id) => rescuer.push({ id, userId: 'ann' })));
      const unfinished = () => rescuer.knex('progress_manager').whereIn('id', ids).whereNull('finished_at');
      while ((await unfinished()).length > 0) {
        await unfinished().update({ due_at: LONG_AGO });
        await rescuer.tick();
      }
      await rescuer.knex('progress_told').whereNotNull('due_at').update({ due_at: LONG_AGO });
      await rescuer.telling.catchUp();
      await rescuer.told();
    }
  });
}

import { type BootOptions, ITEM_OUTCOMES, type ItemOutcome, type JobContext, type JobItem } from 'progress-manager';
import { describe, expect, test, vi } from 'vitest';
import { randomOf } from '../faults/random.js';
import { type Scripted, type ScriptedProgressManager, script } from '../fixtures/scripted/open-scripted.js';
import { shareScripted } from '../fixtures/scripted/share-scripted.js';
import { brokenConnection, databaseFault } from '../support/database-fault.js';
import { fail } from './outcome-setup.js';

/** Which items of a job failed or were skipped, and what is done about them. */
export function itemsSuite(database: () => Partial<BootOptions>): void {
  const share = shareScripted(database);
  const open = async (options?: Partial<BootOptions>) => {
    const scripted = await share(options);
    await Promise.all([scripted.knex('progress_job_item').del(), scripted.knex('progress_job_log').del()]);
    return scripted;
  };

  const items = async (scripted: Scripted, number: number, query = {}): Promise<readonly JobItem[]> =>
    (await scripted.manager.items(number, { limit: 1000, ...query })).list;
  const outcomes = async (scripted: Scripted, number: number): Promise<Record<string, string>> =>
    Object.fromEntries((await items(scripted, number)).map(({ key, outcome }) => [key, outcome]));
  /** Slices that say this of their items, `last` of them. */
  const slices = (last: number, say: (context: JobContext, slice: number) => unknown) => {
    script.slice = async (service, job, context) => {
      await say(context, job.offset);
      service.advance(job.offset + 1, last);
      return true;
    };
  };

  describe('context.item', () => {
    test('bad items are listed with their reasons, in order; good ones are counted', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      slices(2, ({ item }, slice) => {
        item(`a${slice}`, 'failed', 'no address');
        item(`b${slice}`, 'ok');
        item(slice, 'skipped');
      });
      await scripted.carried(number);
      const job = await scripted.carried(number);
      expect(job).toMatchObject({ status: 'success', counts: { failed: 2, skipped: 2 } });
      const all = await items(scripted, number);
      expect(all.map(({ key, outcome, reason, attempt, slice }) => ({ key, outcome, reason, attempt, slice }))).toEqual(
        [
          { key: 'a0', outcome: 'failed', reason: 'no address', attempt: 1, slice: 0 },
          { key: '0', outcome: 'skipped', reason: undefined, attempt: 1, slice: 0 },
          { key: 'a1', outcome: 'failed', reason: 'no address', attempt: 1, slice: 1 },
          { key: '1', outcome: 'skipped', reason: undefined, attempt: 1, slice: 1 },
        ],
      );
      expect((await items(scripted, number, { outcome: 'failed' })).map(({ key }) => key)).toEqual(['a0', 'a1']);
      const first = await scripted.manager.items(number, { limit: 3 });
      const second = await scripted.manager.items(number, { limit: 3, after: first.next });
      expect([...first.list, ...second.list]).toEqual(all);
    });

    test('the last outcome of a key stands, within a slice and over slices', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      slices(2, ({ item }, slice) => {
        if (slice === 0) {
          item('twice', 'ok');
          item('twice', 'failed', 'first');
          item('mended', 'failed');
          item('worse', 'skipped');
        } else {
          item('twice', 'failed', 'second');
          item('mended', 'ok');
          item('worse', 'failed');
        }
      });
      await scripted.carried(number);
      await scripted.carried(number);
      const all = await items(scripted, number);
      expect(all.map(({ key, outcome, reason }) => [key, outcome, reason])).toEqual([
        ['twice', 'failed', 'second'],
        ['worse', 'failed', undefined],
      ]);
    });

    test('keys compare byte by byte, and what they hold comes back as it was', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      const keys = ['a', 'A', 'a ', ' a', 'ä', 'a\u0308', '😀', 'x'.repeat(255), "'; --", '\0', '%_'];
      slices(1, ({ item }) => {
        for (const key of keys) item(key, 'failed', `of ${key}`);
      });
      await scripted.carried(number);
      expect((await items(scripted, number)).map(({ key }) => key)).toEqual(keys);
    });

    test.each<[string, unknown, unknown]>([
      ['an empty key', '', 'ok'],
      ['a key that is too long', 'ä'.repeat(128), 'ok'],
      ['a key that is no text', {}, 'ok'],
      ['a key that is half a character', '\ud800', 'ok'],
      ['another outcome', 'a', 'error'],
    ])('%s is a mistake of the author', async (_, key, outcome) => {
      await using scripted = await open();
      const number = await scripted.push();
      slices(1, ({ item }) => item(key as string, outcome as ItemOutcome));
      const { status, error } = await scripted.carried(number);
      expect([status, error?.message]).toEqual(['error', expect.stringMatching(/^context\.item: the (key|outcome)/)]);
    });

    test('a reason is bounded, and may be anything', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      slices(1, ({ item }) => {
        item('long', 'failed', 'x'.repeat(10 ** 6));
        item('error', 'failed', new Error('in words') as never);
        item('odd', 'failed', 'a\0\ud800');
      });
      await scripted.carried(number);
      const reasons = (await items(scripted, number)).map(({ reason = '' }) => reason);
      expect([reasons[0]?.length, ...reasons.slice(1)]).toEqual([1000, 'in words', 'a\ufffd\ufffd']);
    });

    test.each<[string, (service: ScriptedProgressManager, context: JobContext) => unknown]>([
      ['throws', fail],
      ['says not now', () => false],
      ['gives itself a bad status', (service) => service.setStatus('paused')],
      ['has a write callback that throws', (_service, { write }) => write(fail)],
    ])('a slice that %s leaves no items', async (_, end) => {
      await using scripted = await open();
      const number = await scripted.push();
      script.slice = (service, job, context) => {
        context.item('a', 'failed');
        service.setOffset(job.offset + 1);
        return end(service, context) !== false;
      };
      await scripted.carried(number);
      expect(await items(scripted, number)).toEqual([]);
    });

    test('a fault of the ledger that is none of an outage ends the job, and nothing is written', async () => {
      await using scripted = await open({});
      vi.spyOn(scripted.app.container.get('jobItems'), 'write').mockImplementation(() =>
        databaseFault({ errno: 1146 }),
      );
      const number = await scripted.push();
      slices(1, ({ item }) => item('a', 'failed'));
      expect(await scripted.carried(number)).toMatchObject({ status: 'error', offset: 0 });
    });

    test('items said in a write callback count once, also when it is run again', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      let runs = 0;
      slices(1, ({ item, write }) => {
        item('before', 'failed');
        write(async () => {
          item(`run ${++runs}`, 'failed');
          if (runs < 3) await databaseFault({ errno: 1213 });
        });
      });
      expect(await scripted.carried(number)).toMatchObject({ counts: { failed: 2 } });
      expect(await outcomes(scripted, number)).toEqual({ before: 'failed', 'run 3': 'failed' });
    });

    test('counts follow the items, unless a service counts itself', async () => {
      await using scripted = await open();
      const [counted, plain] = [await scripted.push(), await scripted.push()];
      script.slice = (service, job, { item }) => {
        item('a', 'failed');
        item('b', 'skipped');
        item('c', 'ok');
        service.setStatus('success');
        if (job.number === counted) service.setCounts({ processed: 70, failed: 7, skipped: 9 });
        return true;
      };
      await scripted.loop.tick();
      expect((await scripted.job(counted)).counts).toMatchObject({ processed: 70, failed: 7, skipped: 9 });
      expect((await scripted.job(plain)).counts).toMatchObject({ processed: 3, failed: 1, skipped: 1 });
      const run = await scripted.push('scripted_run');
      script.run = (_job, { item }) => item('a', 'failed');
      expect((await scripted.carried(run)).counts).toMatchObject({ processed: 1, failed: 1, skipped: 0 });
    });

    test('5,000 items of a slice are few statements, and a slice without items has none', async () => {
      await using scripted = await open({});
      const sent: string[] = [];
      for (const method of ['change', 'rows'] as const) {
        const store = scripted.app.container.get('database');
        const send = store[method].bind(store) as (sql: string, ...more: unknown[]) => Promise<never>;
        vi.spyOn(store, method).mockImplementation((sql: string, ...more: unknown[]) => {
          if (sql.includes('progress_job_item')) sent.push(sql);
          return send(sql, ...more);
        });
      }
      const number = await scripted.push();
      script.slice = (service, job, { item }) => {
        if (job.offset === 1) for (let key = 0; key < 5000; key++) item(key, key % 2 ? 'ok' : 'failed');
        service.advance(job.offset + 1, 2);
        return true;
      };
      await scripted.carried(number);
      expect(sent).toEqual([]);
      await scripted.carried(number);
      // One that counts, and a chunk of 200 each.
      expect(sent.length).toBeLessThanOrEqual(1 + 2500 / 200 + 1);
      expect(await scripted.knex('progress_job_item').where({ job: number })).toHaveLength(2500);
    });

    test('a full ledger takes no further keys, but knows the last outcome of those it has', {
      timeout: 60_000,
    }, async () => {
      await using scripted = await open();
      const number = await scripted.push();
      const at = '2026-01-01 00:00:00.000';
      const rows = Array.from({ length: 99_998 }, (_, index) => ({
        ...{ job: number, item_key: `old ${index}`, seq: index, outcome: 'failed', at, attempt: 1, slice: 0 },
      }));
      await scripted.knex.batchInsert('progress_job_item', rows, 400);
      slices(2, ({ item }, slice) => {
        if (slice === 0) {
          for (let key = 0; key < 10; key++) item(`new ${key}`, 'failed');
          item('old 1', 'skipped');
          item('old 2', 'ok');
        } else {
          item('new 9', 'failed');
        }
      });
      await scripted.carried(number);
      const rowOf = (item_key: string) => scripted.knex('progress_job_item').where({ job: number, item_key }).first();
      const count = async () =>
        Number((await scripted.knex('progress_job_item').where({ job: number }).count({ n: '*' }))[0]?.n);
      expect(await count()).toBe(100_000);
      expect(await rowOf('old 1')).toMatchObject({ outcome: 'skipped' });
      expect(await rowOf('old 2')).toBeUndefined();
      expect(await rowOf('new 2')).toBeDefined();
      expect(await rowOf('new 3')).toBeUndefined();
      expect((await scripted.job(number)).counts).toMatchObject({ failed: 10 });
      await scripted.carried(number);
      expect(await count()).toBe(100_000);
      const { list } = await scripted.manager.log(number);
      expect(list[0]?.message).toMatch(/^The list of items is full: 7 of this slice/);
    });

    test('200 slices that are dropped or broken at random leave an exact ledger', { timeout: 120_000 }, async () => {
      await using scripted = await open({ leaseMs: 30_000 });
      const number = await scripted.push();
      const random = randomOf(4711);
      const store = scripted.app.container.get('jobStore');
      const database = scripted.app.container.get('database');
      const FAULTS = ['lost lease', 'not now', 'outage', 'no record', 'broken ledger', 'none'] as const;
      let faults = 0;
      script.slice = async (service, job, { item }) => {
        for (const [key, outcome] of itemsOf(job.offset)) item(key, outcome);
        service.setOffset(job.offset + 1);
        const fault = FAULTS[Math.floor(random() * FAULTS.length)];
        if (fault === 'none') return true;
        // What only a slice says that is not recorded: none of it may ever be seen.
        item(`ghost ${++faults}`, 'failed');
        if (fault === 'not now') return false;
        if (fault === 'outage') return brokenConnection();
        if (fault === 'no record') vi.spyOn(store, 'recordWith').mockImplementationOnce(brokenConnection);
        const next = scripted.knex.raw('lease_version + 1');
        if (fault === 'lost lease') await scripted.change(number, { lease_version: next });
        if (fault === 'broken ledger') {
          const change = database.change.bind(database);
          vi.spyOn(database, 'change').mockImplementationOnce(async (...statement) => {
            await change(...statement);
            return fail();
          });
        }
        return true;
      };
      const expected = new Map<string, ItemOutcome>();
      let failed = 0;
      for (let recorded = 0; faults < 200; ) {
        await scripted.loop.tick();
        vi.restoreAllMocks();
        const { offset, counts } = await scripted.job(number);
        expect(offset - recorded).toBeLessThanOrEqual(1);
        if (offset > recorded) {
          const said = new Map(itemsOf(recorded));
          for (const [key, outcome] of said) {
            if (outcome === 'ok') expected.delete(key);
            else expected.set(key, outcome);
          }
          failed += [...said.values()].filter((outcome) => outcome === 'failed').length;
        }
        recorded = offset;
        expect(await outcomes(scripted, number)).toEqual(Object.fromEntries(expected));
        expect(counts.failed).toBe(failed);
        await scripted.change(number, {
          ...{ status: 'in_progress', due_at: '2000-01-01 00:00:00.000', lease_owner: null },
          ...{ error: null, finished_at: null },
        });
      }
      expect(expected.size).toBeGreaterThan(50);
    });
  });

  describe('retry_failed', () => {
    const ended = async (scripted: Scripted, type = 'mailing'): Promise<number> => {
      const number = await scripted.push(type, { data: { to: ['a', 'b', 'c', 'd'] }, userId: 'ann' });
      slices(1, ({ item }) => {
        item('a', 'ok');
        item('b', 'failed', 'bounced');
        item('c', 'skipped');
        item('d', 'failed', 'bounced');
      });
      await scripted.carried(number);
      return number;
    };
    const offered = async (scripted: Scripted, number: number) =>
      (await scripted.manager.actionsOf(await scripted.job(number)))
        .filter(({ data }) => !data.isEmpty)
        .map(({ type }) => type);

    test('pushes a job for the failed items only, once', async () => {
      await using scripted = await open();
      const number = await ended(scripted);
      expect(await offered(scripted, number)).toContain('retry_failed');
      const ann = { id: 'ann', isAdmin: false };
      const { result } = await scripted.manager.act(number, 'retry_failed', {}, { user: ann });
      expect(result).toMatchObject({ created: true, items: 2 });
      const again = (result as { number: number }).number;
      expect(await scripted.job(again)).toMatchObject({
        data: { to: ['b', 'd'] },
        userId: 'ann',
        name: 'A job',
        status: 'new',
      });
      const twice = await scripted.manager.retryFailed(number);
      expect(twice).toMatchObject({ number: again, created: false });
      slices(1, ({ item }) => item('d', 'failed'));
      await scripted.carried(again);
      // What failed a second time is the new job's to retry.
      const third = await scripted.manager.retryFailed(again);
      expect(third).toMatchObject({ created: true, items: 1 });
      expect((await scripted.job(third.number)).data).toEqual({ to: ['d'] });
      expect((await scripted.manager.retryFailed(number)).number).toBe(again);
    });

    test('is offered only for finished jobs with failed items, of types that say how', async () => {
      await using scripted = await open();
      const other = await ended(scripted, 'scripted');
      expect(await offered(scripted, other)).not.toContain('retry_failed');
      await expect(scripted.manager.act(other, 'retry_failed')).rejects.toMatchObject({ code: 'action_not_offered' });
      const fresh = await scripted.push('mailing', { data: { to: [] } });
      await expect(scripted.manager.retryFailed(fresh)).rejects.toMatchObject({ code: 'action_not_offered' });
      await scripted.manager.cancel(fresh);
      const good = await scripted.push('mailing', { data: { to: ['a'] } });
      slices(2, ({ item }, slice) => item('a', slice === 0 ? 'failed' : 'ok'));
      await scripted.carried(good);
      await scripted.carried(good);
      expect(await offered(scripted, good)).not.toContain('retry_failed');
      await expect(scripted.manager.retryFailed(good)).rejects.toMatchObject({ code: 'no_failed_items' });
    });

    test('what retryItems throws reaches the caller, and no job is left', async () => {
      await using scripted = await open();
      const number = await scripted.push('mailing', { data: { to: ['refuse'] } });
      slices(1, ({ item }) => item('refuse', 'failed'));
      await scripted.carried(number);
      await expect(scripted.manager.retryFailed(number)).rejects.toThrow('refused by the type');
      expect((await scripted.manager.find({ type: ['mailing'] })).list.map((job) => job.number)).toEqual([number]);
    });
  });

  describe('what a job leaves', () => {
    const left = async (scripted: Scripted): Promise<number[]> => [
      (await scripted.knex('progress_job_log')).length,
      (await scripted.knex('progress_job_item')).length,
    ];
    const talk = () =>
      slices(1, ({ item, log, tell }) => {
        item('a', 'failed');
        log('info', 'a line');
        tell('a message');
      });

    test('goes when the job is removed', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      talk();
      await scripted.carried(number);
      expect(await left(scripted)).toEqual([2, 1]);
      await scripted.manager.remove(number);
      expect(await left(scripted)).toEqual([0, 0]);
    });

    test('goes when the job is pruned, with 12,000 items too, and stays with jobs that stay', async () => {
      await using scripted = await open();
      const [old, fresh] = [await scripted.push(), await scripted.push()];
      talk();
      await scripted.loop.tick();
      const at = '2026-01-01 00:00:00.000';
      const rows = Array.from({ length: 12_000 }, (_, index) => ({
        ...{ job: old, item_key: `old ${index}`, seq: 2 ** 30 + index, outcome: 'failed', at, attempt: 1, slice: 0 },
      }));
      await scripted.knex.batchInsert('progress_job_item', rows, 400);
      await scripted.change(old, { finished_at: '2020-01-01 00:00:00.000' });
      expect(await scripted.manager.prune({ days: 30 })).toMatchObject({ jobs: 1 });
      expect(await left(scripted)).toEqual([2, 1]);
      expect(await items(scripted, fresh)).toHaveLength(1);
    });

    test('is swept when the job’s row has gone by itself', async () => {
      await using scripted = await open();
      const [gone, stays] = [await scripted.push(), await scripted.push()];
      talk();
      await scripted.loop.tick();
      await scripted.knex('progress_manager').where({ number: gone }).del();
      await scripted.manager.prune({ days: 1000 });
      expect(await left(scripted)).toEqual([2, 1]);
      expect((await scripted.manager.log(stays)).list).toHaveLength(1);
    });
  });
}

/** What the slice at this offset says each time that it is done: 20 outcomes of 200 keys, some of them twice. */
function itemsOf(offset: number): [string, ItemOutcome][] {
  const random = randomOf(offset);
  return Array.from({ length: 20 }, () => [
    String(Math.floor(random() * 200)),
    ITEM_OUTCOMES[Math.floor(random() * 3)] as ItemOutcome,
  ]);
}

import type { JobFilter } from 'progress-manager';
import { bootForTests, type TestApp, type TestBootOptions } from 'progress-manager/testing';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { APPLICATION } from '../../core/contracts/user.js';
import { Database } from '../../core/store/database.js';
import { FamilyLooks } from '../../core/store/family-looks.js';
import { FamilyPresses } from '../../core/store/family-presses.js';
import { PeopleWrites } from '../../core/store/people-writes.js';
import { pressesFor } from '../../core/store/presses.js';
import { addsParts, byName, MODULES, script } from './modules.js';

/** Jobs that a job adds and waits for; `databaseUrl` gives an empty database each time. */
export function childrenSuite(options: Pick<TestBootOptions, 'databaseUrl'> = {}, every = 1): void {
  const open = () => bootForTests({ modules: MODULES, startAt: '2030-01-01T00:00:00Z', ...options });
  /** The parent, after its first slice. */
  const begun = async (test: TestApp, type = 'parent', pushing = {}) => {
    const { number } = await test.push(type, {}, { name: 'Parent', ...pushing });
    await test.worker.pass();
    return number;
  };
  const end = async (test: TestApp, name: string, status = 'success') => {
    await test.knex('progress_manager').where({ name }).update({ status, due_at: null, lease_owner: null });
  };

  beforeEach(() => {
    script.isBroken = true;
    addsParts({ A: 1, B: 3 });
  });

  describe('a parent', () => {
    test('rests until all its children have ended, then has a slice that finds what became of them', async () => {
      await using test = await open();
      const seen: unknown[] = [];
      script.parent = async (service, { children }, context) => {
        if (!children) {
          await context.addChild('Good', 'part', { steps: 1 });
          await context.addChild('Bad', 'part', { steps: 1, fails: true }, { weight: 2 });
          return;
        }
        for await (const child of context.children()) seen.push(child);
        service.succeed(children);
      };
      const number = await begun(test);
      expect(await test.progressManager.get(number)).toMatchObject({
        status: 'in_progress',
        dueAt: undefined,
        worker: undefined,
        children: { total: 2, ended: 0, failed: 0, cancelled: 0 },
      });
      const { job } = await test.carry(number);
      const children = { total: 2, ended: 2, failed: 1, cancelled: 0 };
      expect(job).toMatchObject({ status: 'success', progress: 100, children, result: children });
      expect(seen).toMatchObject([
        { name: 'Good', type: 'part', status: 'success', weight: 1, progress: 100, result: { steps: 1 } },
        { name: 'Bad', status: 'error', weight: 2, error: { message: 'This part is broken.' } },
      ]);
    });

    test('has a bar that is the mean of its children by their weights', async () => {
      await using test = await open();
      const number = await begun(test);
      const bars: number[] = [];
      for (const [a, b] of [
        [50, 0],
        [50, 50],
        [0, 0],
        [99, 99],
      ]) {
        await test.knex('progress_manager').where({ name: 'A' }).update({ progress: a, due_at: null });
        await test.knex('progress_manager').where({ name: 'B' }).update({ progress: b, due_at: null });
        await test.worker.wakeParents();
        bars.push((await test.progressManager.get(number))?.progress ?? -1);
      }
      // 12.5 = (1 × 50 + 3 × 0) ÷ 4; never backwards.
      expect(bars).toEqual([12.5, 50, 50, 99]);
      await end(test, 'A', 'error');
      await end(test, 'B');
      expect(await test.worker.wakeParents()).toBe(1);
      expect(await test.progressManager.get(number)).toMatchObject({ status: 'in_progress', progress: 99.99 });
    });

    test('with phases gives them the rest of the phase that it is in', async () => {
      await using test = await open();
      script.parent = async (service, { children, phase }, { addChild }) => {
        if (phase?.index === 3) return service.succeed();
        service.toNextPhase();
        if (!children) await addChild('A', 'part', { steps: 2 });
      };
      const number = await begun(test, 'phased');
      expect(await test.progressManager.get(number)).toMatchObject({ progress: 20, phase: { name: 'Parts' } });
      await test.knex('progress_manager').where({ name: 'A' }).update({ progress: 50 });
      await test.worker.wakeParents();
      expect(await test.progressManager.get(number)).toMatchObject({ progress: 50 });
      const { slices } = await test.carry(number);
      expect(slices).toMatchObject([{ progress: 80 }, { progress: 100, status: 'success' }]);
    });

    test('may add others when these have ended', async () => {
      await using test = await open();
      script.parent = async (service, { offset, children }, { addChild }) => {
        if (offset === 3) return service.succeed();
        expect(children?.total).toBe(offset === 0 ? undefined : offset);
        service.moveTo(offset + 1);
        for (let child = 0; child <= offset; child++) await addChild(`${offset}-${child}`, 'part', { steps: 1 });
      };
      const { job } = await test.runJob('parent');
      expect(job).toMatchObject({ status: 'success', children: { total: 3, ended: 3 } });
      expect(await test.knex('progress_manager').where({ type: 'part', status: 'success' })).toHaveLength(6);
    });

    test('may have grandchildren, for four generations', async () => {
      await using test = await open();
      let generation = 0;
      script.parent = async (service, { children }, { addChild }) => {
        if (children) return service.succeed();
        await addChild(`Generation ${++generation}`, 'parent', {});
      };
      const { job } = await test.runJob('parent');
      expect(job.status).toBe('success');
      const rows = await byName(test);
      expect(rows['Generation 4']).toMatchObject({ status: 'error' });
      expect(rows['Generation 4'].error).toContain('Does a job add itself?');
      expect(rows['Generation 5']).toBeUndefined();
    });

    test('holds no place of a limit while it rests', async () => {
      const modules = {
        family: {
          ...MODULES.family,
          type: { ...MODULES.family.type, parent: { ...MODULES.family.type?.parent, limit: 1 } },
        },
      };
      await using test = await bootForTests({ modules: modules as typeof MODULES, ...options });
      script.parent = async (service, { children, name }, { addChild }) => {
        if (children || name !== 'Parent') service.succeed();
        else await addChild('Same type', 'parent', {});
      };
      expect((await test.runJob('parent', {}, { name: 'Parent' })).job.status).toBe('success');
    });
  });

  describe('children', () => {
    test('belong to the parent: its owner, its priority, hidden unless it says otherwise', async () => {
      await using test = await open();
      script.parent = async (_service, _job, { addChild }) => {
        await addChild('A', 'part', { steps: 1 });
        await addChild('B', 'part', { steps: 1 }, { isHidden: false, priority: -2, group: 'g' });
      };
      const parent = await begun(test, 'parent', { userId: 'ann', priority: 3 });
      const { A, B } = await byName(test);
      expect(A).toMatchObject({ parent, created_by_id: 'ann', is_hidden: 1, priority: 3, status: 'new' });
      expect(B).toMatchObject({ parent, created_by_id: 'ann', is_hidden: 0, priority: -2, job_group: 'g' });
      expect((await test.progressManager.get(A.number))?.parent).toBe(parent);
    });

    test('are listed by their parent, hidden or not, on their own pages', async () => {
      await using test = await open();
      const parent = await begun(test, 'parent', { userId: 'ann' });
      const ann = { user: { id: 'ann', isAdmin: false } };
      const bob = { user: { id: 'bob', isAdmin: false } };
      const { progressManager } = test;
      const names = async (filter: JobFilter, as = {}) =>
        (await progressManager.find({ parent, ...filter }, as)).list.map(({ name }) => name);
      expect(await names({})).toEqual(['B', 'A']);
      expect(await names({}, ann)).toEqual(['B', 'A']);
      const { id = '' } = (await progressManager.get(parent)) ?? {};
      expect(await names({ parent: id })).toEqual(['B', 'A']);
      expect(await names({ parent: `${parent}` })).toEqual(['B', 'A']);
      expect(await names({}, bob)).toEqual([]);
      expect(await names({ isHidden: false })).toEqual([]);
      expect(await names({ parent: parent + 1 })).toEqual([]);
      const { nextCursor = '' } = await progressManager.find({ parent, limit: 1 });
      expect(await names({ limit: 1, cursor: nextCursor })).toEqual(['A']);
      await expect(names({ parent: 'all' as never })).rejects.toThrow('parent: must be the id or the number of a job.');
    });

    test('are pushed with the slice or not at all', async () => {
      await using test = await open();
      const outcomes: unknown[] = [
        () => {
          throw new Error('after all');
        },
        () => false,
        (service: { fail(): void }) => service.fail(),
        (service: { succeed(): void }) => service.succeed(),
      ];
      const numbers: number[] = [];
      for (const outcome of outcomes as ((service: unknown) => unknown)[]) {
        script.parent = async (service, _job, { addChild }) => {
          await addChild('Never', 'part', { steps: 1 });
          return outcome(service);
        };
        numbers.push(await begun(test));
      }
      expect((await byName(test)).Never).toBeUndefined();
      const jobs = await Promise.all(numbers.map((number) => test.progressManager.get(number)));
      expect(jobs.map((job) => job?.status)).toEqual(['error', 'in_progress', 'error', 'error']);
      expect(jobs[3]?.error).toMatchObject({
        code: 'bad_status',
        message: expect.stringContaining('It must say in_progress'),
      });
    });

    test('cannot be added by what runs after the slice', async () => {
      await using test = await open();
      const refusals: string[] = [];
      script.parent = async (service, _job, { addChild, write }) => {
        write(async () => {
          await addChild('Late', 'part', { steps: 1 }).catch((error: Error) => refusals.push(error.message));
        });
        service.succeed();
      };
      expect((await test.runJob('parent')).job.status).toBe('success');
      expect(refusals).toEqual([expect.stringContaining('context.addChild was called after its slice had returned')]);
    });

    test('that nobody awaits are waited for, and fail the slice when they cannot be', async () => {
      await using test = await open();
      script.parent = (service, { children }, { addChild }) => {
        if (children) return service.succeed();
        void addChild('Unawaited', 'part', { steps: 1 });
      };
      expect((await test.runJob('parent')).job.status).toBe('success');
      expect((await byName(test)).Unawaited.status).toBe('success');
    });

    test('are checked as a push is, where they are added', async () => {
      await using test = await open();
      const refusals: unknown[] = [];
      script.parent = async (service, _job, { addChild }) => {
        const refused = (adding: Promise<unknown>) => adding.catch((error: Error) => refusals.push(error.message));
        await refused(addChild('A', 'prat', {}));
        await refused(addChild('', 'part', { steps: 1 }));
        await refused(addChild('A', 'part', { steps: 1 }, { weight: 0 }));
        await refused(addChild('A', 'part', { steps: 1 }, { weight: Number.NaN }));
        await refused(addChild('A', 'part', { steps: 1 }, { wieght: 1 } as never));
        await refused(addChild('A', 'part', { steps: 1 }, { priority: 9 }));
        service.succeed();
      };
      expect((await test.runJob('parent')).job.status).toBe('success');
      expect(refusals).toEqual([
        expect.stringContaining('There is no job type "prat". Did you mean "part"?'),
        expect.stringContaining('name'),
        expect.stringContaining('weight: must be a number above 0'),
        expect.stringContaining('weight: must be a number above 0'),
        expect.stringContaining('wieght: is no option of addChild.'),
        expect.stringContaining('priority'),
      ]);
    });

    test('of a slice are a thousand at most', { timeout: 60_000 }, async () => {
      await using test = await open();
      script.parent = async (_service, { children }, { addChild }) => {
        if (children) return false;
        for (let child = 0; child < 1000; child++) await addChild(`${child}`, 'part', { steps: 1 });
        await expect(addChild('One more', 'part', { steps: 1 })).rejects.toThrow('A slice may add 1000 jobs.');
      };
      const number = await begun(test);
      expect((await test.progressManager.get(number))?.children?.total).toBe(1000);
      expect(await test.knex('progress_child').where({ parent: number })).toHaveLength(1000);
    });

    test('are none of a run function', async () => {
      await using test = await open();
      const { job } = await test.runJob('whole');
      expect(job).toMatchObject({
        status: 'error',
        error: { message: expect.stringContaining('A run function is one slice') },
      });
    });

    test('that somebody removes count as cancelled, and the parent goes on', async () => {
      await using test = await open();
      const number = await begun(test);
      await end(test, 'A');
      await test.progressManager.remove((await byName(test)).A.number);
      const seen: unknown[] = [];
      script.parent = async (service, _job, context) => {
        for await (const child of context.children()) seen.push(child.status);
        service.succeed();
      };
      expect((await test.carry(number)).job).toMatchObject({ status: 'success', children: { ended: 2, cancelled: 1 } });
      expect(seen).toEqual(['removed', 'success']);
    });
  });

  describe('what people press on a parent', () => {
    test('cancel ends its children and theirs', async () => {
      await using test = await open();
      script.parent = async (_service, { name }, { addChild }) => {
        await addChild(`${name} 1`, name === 'Parent' ? 'parent' : 'part', { steps: 9 });
        await addChild(`${name} 2`, 'part', { steps: 9 });
      };
      const number = await begun(test);
      await test.worker.pass();
      await end(test, 'Parent 2');
      await test.progressManager.cancel(number);
      const statuses = Object.entries(await byName(test)).map(([name, { status }]) => [name, status]);
      expect(Object.fromEntries(statuses)).toEqual({
        Parent: 'cancelled',
        'Parent 1': 'cancelled',
        'Parent 2': 'success',
        'Parent 1 1': 'cancelled',
        'Parent 1 2': 'cancelled',
      });
      expect(await test.worker.pass()).toBe(0);
    });

    test.each([
      ['cancelled', { status: 'cancelled' }],
      ['gone', undefined],
    ])('a parent that is %s by other hands takes its children with it', async (_, update) => {
      await using test = await open();
      const number = await begun(test);
      const row = test.knex('progress_manager').where({ number });
      await (update ? row.update({ ...update, due_at: null }) : row.del());
      await test.worker.wakeParents();
      const { A, B } = await byName(test);
      expect([A.status, B.status]).toEqual(['cancelled', 'cancelled']);
      expect(await test.knex('progress_family').whereNotNull('look_at')).toEqual([]);
    });

    test('pause rests the children too; resume lets all go on, and the parent still waits', async () => {
      await using test = await open();
      const number = await begun(test);
      await test.progressManager.pause(number);
      expect(Object.values(await byName(test)).map(({ status }) => status)).toEqual(['paused', 'paused', 'paused']);
      expect(await test.worker.pass()).toBe(0);
      expect(await test.worker.wakeParents()).toBe(0);
      await test.progressManager.resume(number);
      expect(await test.progressManager.get(number)).toMatchObject({ status: 'in_progress', dueAt: undefined });
      expect((await test.carry(number)).job.status).toBe('success');
    });

    test.each(['pause', 'resume'] as const)('a %s that breaks off half-way can be asked for again', async (press) => {
      await using test = await open();
      const number = await begun(test);
      const database = test.app.container.get('database');
      if (press === 'resume') await test.progressManager.pause(number);
      const change = vi.spyOn(database, 'change').mockRejectedValueOnce(new Error('The process died.'));
      await expect(test.progressManager[press](number)).rejects.toThrow('The process died.');
      change.mockRestore();
      await test.progressManager[press](number);
      const all = Object.values(await byName(test)).map(({ status }) => status);
      expect(new Set(all)).toEqual(press === 'pause' ? new Set(['paused']) : new Set(['new', 'in_progress']));
      if (press === 'pause') await test.progressManager.resume(number);
      expect((await test.carry(number)).job.status).toBe('success');
    });

    test('a parent that is paused in the slice that adds children adds them paused', async () => {
      await using test = await open();
      script.parent = async (service, { children, number }, { addChild }) => {
        if (children) return service.succeed();
        await addChild('A', 'part', { steps: 1 });
        await test.progressManager.pause(number);
      };
      const number = await begun(test);
      expect((await byName(test)).A).toMatchObject({ status: 'paused', due_at: null });
      await test.progressManager.resume(number);
      expect((await test.carry(number)).job.status).toBe('success');
    });

    test('a retry right after a cancel that a look has not followed yet has all children tried', async () => {
      await using test = await open();
      script.parent = async (service, { name, children }, { addChild }) => {
        if (children) return children.cancelled > 0 ? service.fail() : service.succeed();
        await addChild(`${name} part`, 'part', { steps: 1 });
        if (name === 'Parent') await addChild('Child', 'parent', {});
      };
      const number = await begun(test);
      await test.worker.pass();
      await test.progressManager.cancel(number);
      // A look comes as soon as the first children are tried again.
      const { knex } = test.app.container.get('database');
      const transaction = knex.transaction.bind(knex) as (work: never) => Promise<never>;
      const spy = vi.spyOn(knex, 'transaction').mockImplementation((async (work: never) => {
        spy.mockRestore();
        const done = await transaction(work);
        await test.worker.wakeParents();
        return done;
      }) as never);
      await test.progressManager.retry(number);
      expect((await byName(test))['Child part'].status).toBe('new');
      expect((await test.carry(number)).job).toMatchObject({
        status: 'success',
        children: { total: 2, ended: 2, cancelled: 0 },
      });
    });

    test('a cancelled parent says in the end how its children stand', async () => {
      await using test = await open();
      const number = await begun(test);
      await test.progressManager.cancel(number);
      await test.worker.wakeParents();
      const children = { total: 2, ended: 2, failed: 0, cancelled: 2 };
      expect(await test.progressManager.get(number)).toMatchObject({ status: 'cancelled', children });
    });

    test('a paused parent whose children have ended goes on when it is resumed', async () => {
      await using test = await open();
      const number = await begun(test);
      await test.progressManager.pause(number);
      await end(test, 'A');
      await end(test, 'B');
      expect(await test.worker.wakeParents()).toBe(0);
      expect((await test.progressManager.get(number))?.children?.ended).toBe(2);
      await test.progressManager.resume(number);
      expect((await test.carry(number)).job.status).toBe('success');
    });

    test('retry tries children again that did not succeed, to the last generation, and waits for them', async () => {
      await using test = await open();
      script.parent = async (service, { name, children }, { addChild }) => {
        if (children) return children.failed > 0 ? service.fail() : service.succeed();
        await addChild(`${name} good`, 'part', { steps: 1 });
        await addChild(`${name} bad`, 'part', { steps: 1, fails: true });
        if (name === 'Parent') await addChild('Child', 'parent', {});
      };
      const number = await begun(test);
      expect((await test.carry(number)).job).toMatchObject({ status: 'error', children: { failed: 2 } });
      script.isBroken = false;
      await test.progressManager.retry(number);
      expect(await test.progressManager.get(number)).toMatchObject({ status: 'new', dueAt: undefined });
      const again = await byName(test);
      expect(again.Child).toMatchObject({ status: 'new', due_at: null });
      expect(again['Parent good'].status).toBe('success');
      expect((await test.carry(number)).job).toMatchObject({
        status: 'success',
        attempt: 2,
        children: { failed: 0, ended: 3 },
      });
      expect(Object.values(await byName(test)).map(({ attempt }) => attempt)).toEqual([2, 1, 2, 2, 1, 2]);
    });

    test('retry of a parent whose children all succeeded has it go on at once', async () => {
      await using test = await open();
      script.parent = async (service, { children, attempt }, { addChild }) => {
        if (!children) await addChild('A', 'part', { steps: 1 });
        else if (attempt === 1) service.fail();
        else service.succeed();
      };
      const number = await begun(test);
      await test.carry(number);
      await test.progressManager.retry(number);
      expect((await test.carry(number)).job).toMatchObject({ status: 'success', attempt: 2 });
    });

    test('explain says for how many children it waits', async () => {
      await using test = await open();
      const number = await begun(test);
      await end(test, 'A');
      await test.worker.wakeParents();
      expect(await test.progressManager.explain(number)).toEqual({
        reason: 'waits_for_children',
        text: 'It waits for 1 of the 2 jobs that it added.',
      });
    });
  });

  describe('who froze between reading and writing changes nothing of what has begun since', () => {
    /** A look, or a press, that comes to this reading now, and past it once the function is called. */
    const frozenAt = async (
      test: TestApp,
      reading: string,
      act: (database: Database) => Promise<unknown>,
      moment: 'before' | 'after' = 'after',
    ) => {
      const { knex, dialect } = test.app.container.get('database');
      const database = new Database(knex, dialect);
      database.within = () => database;
      const rows = database.rows.bind(database);
      let goOn = () => undefined as unknown;
      const gate = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const hasRead = new Promise<void>((resolve) => {
        database.rows = async (sql: string, bindings, on) => {
          const read = () => rows<never>(sql, bindings, on);
          if (!sql.includes(reading)) return read();
          const found = moment === 'after' ? await read() : undefined;
          resolve();
          await gate;
          return found ?? read();
        };
      });
      const acting = act(database);
      await hasRead;
      return async () => {
        goOn();
        await acting;
      };
    };
    const look = (database: Database) =>
      new FamilyLooks(database).waiting().then((all) => new FamilyLooks(database).lookAt(all));
    const COUNTS = 'SUM(c.weight';
    const FAMILIES = 'progress_manager q ON';

    test('a look wakes no parent that waits for others by now', async () => {
      await using test = await open();
      script.parent = async (service, { offset }, { addChild }) => {
        if (offset === 2) return service.succeed();
        service.moveTo(offset + 1);
        await addChild(`Wave ${offset}`, 'part', { steps: 1 });
      };
      const number = await begun(test);
      await end(test, 'Wave 0');
      const late = await frozenAt(test, COUNTS, look);
      await test.worker.wakeParents();
      await test.worker.pass();
      expect(await test.progressManager.get(number)).toMatchObject({ offset: 2, dueAt: undefined });
      await late();
      expect(await test.progressManager.get(number)).toMatchObject({ dueAt: undefined, children: { ended: 0 } });
      expect((await test.carry(number)).job.status).toBe('success');
    });

    test('a look that saw the parent cancelled ends no child of its next try, and does not end its wait', async () => {
      await using test = await open();
      const number = await begun(test);
      await test.knex('progress_manager').where({ number }).update({ status: 'cancelled', due_at: null });
      const late = await frozenAt(test, FAMILIES, look);
      await test.progressManager.retry(number);
      await late();
      expect((await byName(test)).A.status).toBe('new');
      expect((await test.carry(number)).job.status).toBe('success');
    });

    test.each([
      [{ status: 'cancelled' }, ({ progressManager }: TestApp, number: number) => progressManager.cancel(number)],
      [
        { deleted: 1 },
        ({ knex }: TestApp, number: number) => knex('progress_manager').where({ number }).update({ deleted: 1 }),
      ],
    ])('a look that saw a parent wait does not have it go on when since then it has %o', async (is, act) => {
      await using test = await open();
      const number = await begun(test);
      await end(test, 'A');
      await end(test, 'B');
      const late = await frozenAt(test, COUNTS, look);
      await act(test, number);
      await late();
      expect(await test.knex('progress_manager').where({ number }).first()).toMatchObject({ ...is, due_at: null });
    });

    test('a wait that is over is looked at no more: a child that is tried again then goes on', async () => {
      await using test = await open();
      const number = await begun(test);
      expect((await test.carry(number)).job.status).toBe('success');
      const looks = new FamilyLooks(test.app.container.get('database'));
      expect(await looks.waiting()).toEqual([]);
      await test.knex('progress_manager').where({ name: 'A' }).update({ status: 'new', finished_at: null });
      await looks.lookAt([number]);
      expect((await byName(test)).A.status).toBe('new');
    });

    test('a look leaves a parent alone that is due at its own time', async () => {
      await using test = await open();
      const number = await begun(test);
      await end(test, 'A');
      await end(test, 'B');
      await test.knex('progress_manager').where({ number }).update({ due_at: '2031-01-01 00:00:00.000' });
      await test.worker.wakeParents();
      expect((await test.progressManager.get(number))?.dueAt).toBe('2031-01-01T00:00:00.000Z');
      expect(await test.knex('progress_family').whereNotNull('look_at')).toEqual([]);
    });

    test('a look that saw a parent awake does not end the wait that it began since', async () => {
      await using test = await open();
      const number = await begun(test);
      await test.knex('progress_manager').where({ number }).update({ due_at: '2029-01-01 00:00:00.000' });
      const late = await frozenAt(test, COUNTS, look);
      script.parent = async (service, { offset }, { addChild }) => {
        if (offset === 1) return service.succeed();
        service.moveTo(1);
        await addChild('C', 'part', { steps: 1 });
      };
      await test.worker.pass();
      await late();
      expect((await test.carry(number)).job.status).toBe('success');
    });

    test('a look that saw a parent cancelled does not touch its row once that was flagged as deleted', async () => {
      await using test = await open();
      const number = await begun(test);
      const row = test.knex('progress_manager').where({ number });
      await row.clone().update({ status: 'cancelled', due_at: null });
      const late = await frozenAt(test, COUNTS, look);
      await row.clone().update({ deleted: 1 });
      const flagged = await row.clone().first();
      await late();
      expect((await byName(test)).A.status).toBe('cancelled');
      expect(await row.clone().first()).toEqual(flagged);
    });

    test('a retry that was overtaken by another leaves the wait alone that it began', async () => {
      await using test = await open();
      const number = await begun(test);
      await test.progressManager.cancel(number);
      const retrying = (database: Database) =>
        new FamilyPresses(database, pressesFor(database.dialect)).retryBelow(number);
      const late = await frozenAt(test, FAMILIES, retrying);
      await test.progressManager.retry(number);
      const waiting = await test.knex('progress_family').whereNotNull('look_at');
      expect(waiting).toHaveLength(1);
      await late();
      expect(await test.knex('progress_family').whereNotNull('look_at')).toEqual(waiting);
    });

    test('a pause that was overtaken by another, and by a resume, reaches no child of a parent that does not wait', async () => {
      await using test = await open();
      const number = await begun(test);
      await test.knex('progress_manager').where({ number }).update({ due_at: '2031-01-01 00:00:00.000' });
      await test.worker.wakeParents();
      const pausing = (database: Database) => new PeopleWrites(database).pause(number, APPLICATION);
      const late = await frozenAt(test, FAMILIES, pausing);
      await test.progressManager.pause(number);
      await test.progressManager.resume(number);
      await late();
      expect((await byName(test)).A.status).toBe('new');
    });

    test('a resume leaves the family of a child alone that was cancelled since: its cancel is still to go down', async () => {
      await using test = await open();
      const number = await begun(test);
      await test.progressManager.pause(number);
      const child = (await byName(test)).A.number;
      const family = { parent: child, wave: 0, mark: 7, bar_from: 0, bar_to: 100, look_at: null };
      await test.knex('progress_family').insert(family);
      const resuming = (database: Database) => new PeopleWrites(database).resume(number, APPLICATION);
      const late = await frozenAt(test, FAMILIES, resuming);
      await test.knex('progress_manager').where({ number: child }).update({ status: 'cancelled', due_at: null });
      await late();
      expect((await byName(test)).B.status).toBe('new');
      expect(await test.knex('progress_family').where({ parent: child })).toEqual([family]);
    });

    test('a cancel does not reach a child that was flagged as deleted since it was read', async () => {
      await using test = await open();
      const number = await begun(test);
      const pressing = (database: Database) => new PeopleWrites(database).cancel(number, APPLICATION);
      const late = await frozenAt(test, FAMILIES, pressing);
      await test.knex('progress_manager').where({ name: 'A' }).update({ deleted: 1 });
      await late();
      const statuses = await test.knex('progress_manager').where({ type: 'part' }).orderBy('name').pluck('status');
      expect(statuses).toEqual(['new', 'cancelled']);
    });

    test.each(['before', 'after'] as const)(
      'a cancel that was taken back %s it reads the children reaches none',
      async (moment) => {
        await using test = await open();
        const number = await begun(test);
        const pressing = (database: Database) => new PeopleWrites(database).cancel(number, APPLICATION);
        const late = await frozenAt(test, FAMILIES, pressing, moment);
        await test.progressManager.retry(number);
        await late();
        expect((await byName(test)).A.status).toBe('new');
        expect((await test.carry(number)).job.status).toBe('success');
      },
    );
  });

  test('goes with its parent: nothing of a removed family is left', async () => {
    await using test = await open();
    const { job } = await test.runJob('parent');
    await test.progressManager.remove(job.number);
    expect(await test.knex('progress_family')).toEqual([]);
    expect(await test.knex('progress_child')).toEqual([]);
  });

  test('killed at any statement: each child once, and the parent ends once', { timeout: 300_000 }, async () => {
    await using test = await open();
    addsParts({ A: 1, B: 3 }, 1);
    await test.survivesEveryKill(
      'parent',
      {},
      async (_run, { knex }) =>
        knex('progress_manager')
          .where({ type: 'part' })
          .orderBy('number')
          .select('name', 'status', 'result', 'attempt'),
      { every },
    );
  });

  test('a cancel that is killed in between is completed by the next look', async () => {
    await using test = await open();
    const number = await begun(test);
    test.worker.seam.dieAt(2, 'before');
    await Promise.race([test.progressManager.cancel(number), test.worker.seam.death]);
    await test.replaceWorker();
    expect(await test.progressManager.get(number)).toMatchObject({ status: 'cancelled' });
    await test.worker.wakeParents();
    const { A, B } = await byName(test);
    expect([A.status, B.status]).toEqual(['cancelled', 'cancelled']);
  });
}

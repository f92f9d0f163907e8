import type { BootOptions, JobContext } from 'progress-manager';
import { describe, expect, test, vi } from 'vitest';
import { script } from '../fixtures/scripted/open-scripted.js';
import { brokenConnection, databaseFault } from '../support/database-fault.js';
import { addNote, writeSetup } from './write-setup.js';

/** A fault that asks for the transaction to be run again. */
const deadlock = () => databaseFault({ errno: 1213 });

/** What a slice writes is committed with its record, or not at all. */
export function writeSuite(database: () => Partial<BootOptions>): void {
  const open = writeSetup(database);

  describe('context.write', () => {
    test('callbacks run in order after the slice has returned, and are committed with its record', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      const order: string[] = [];
      script.slice = async (service, _job, context) => {
        context.write(async (transaction) => {
          order.push('first');
          const [id] = await transaction('note').insert({ text: 'a' });
          service.setResult({ id });
        });
        context.write(async (transaction) => {
          order.push('second');
          service.setCounts({ processed: (await transaction('note')).length });
        });
        order.push('slice');
        service.advance(1, 1);
        return true;
      };
      const job = await scripted.carried(number);
      expect(order).toEqual(['slice', 'first', 'second']);
      expect(job).toMatchObject({ status: 'success', result: { id: 1 }, counts: { processed: 1 } });
      expect(await scripted.notes()).toEqual(['a']);
    });

    const undone: [string, string, Parameters<typeof runThen>[0]][] = [
      [
        'a callback throws',
        'error',
        (context) =>
          context.write(() => {
            throw new Error('on purpose');
          }),
      ],
      ['the database refuses a later statement', 'error', (context) => addNote(context, 'a')],
      ['the slice gives itself a bad status', 'error', (_context, service) => service.setStatus('paused')],
      [
        'a getter throws',
        'error',
        (_context, service) =>
          Object.assign(service, {
            getData: () => {
              throw new Error('on purpose');
            },
          }),
      ],
      ['the data is too large', 'error', (_context, service) => service.setData('x'.repeat(1024 * 1024))],
      ['the slice gives back false', 'in_progress', () => false],
      [
        'the slice throws',
        'error',
        () => {
          throw new Error('on purpose');
        },
      ],
    ];
    function runThen(then: (context: JobContext, service: Parameters<typeof script.slice>[0]) => unknown): void {
      script.slice = (service, job, context) => {
        addNote(context, 'a');
        service.setOffset(job.offset + 1);
        return then(context, service) !== false;
      };
    }
    test.each(undone)('nothing is written when %s', async (_, status, then) => {
      await using scripted = await open();
      const number = await scripted.push();
      runThen(then);
      expect(await scripted.carried(number)).toMatchObject({ status, offset: 0 });
      expect(await scripted.notes()).toEqual([]);
    });

    test('nothing is written when the lease was lost', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      script.slice = async (service, _job, context) => {
        addNote(context, 'a');
        service.advance(1, 1);
        await scripted.change(number, { lease_version: 77, lease_owner: 'elsewhere:1/00' });
        return true;
      };
      await scripted.loop.tick();
      expect(await scripted.row(number)).toMatchObject({ status: 'in_progress', lease_version: 77 });
      expect(await scripted.notes()).toEqual([]);
    });

    test.each([
      'push',
      'find',
      'get',
      'counts',
      'act',
      'cancel',
      'remove',
      'wait',
      'upload',
      'openFile',
      'log',
      'messages',
      'items',
      'retryFailed',
    ] as const)('a call of the façade inside it is refused at once: %s', async (method) => {
      await using scripted = await open();
      const number = await scripted.push();
      script.slice = (service, _job, context) => {
        addNote(context, 'a');
        context.write(
          async () =>
            void (await (scripted.manager[method] as (...args: unknown[]) => Promise<unknown>)(number, 'scripted')),
        );
        service.advance(1, 1);
        return true;
      };
      const { status, error } = await scripted.carried(number);
      expect(status).toBe('error');
      expect(error?.message).toMatch(
        /progressManager\.\w+ was called inside a context\.write callback\..* before context\.write/,
      );
      expect(await scripted.notes()).toEqual([]);
    });

    test('a deadlock repeats the callbacks with the state and the files as they were before them', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      let runs = 0;
      let slices = 0;
      script.slice = async (service, _job, context) => {
        slices++;
        await context.files.append('log.txt', 'before;');
        context.write(async (transaction) => {
          runs++;
          const { processed } = service.getCounts();
          service.setCounts({ processed: processed + 1 });
          await transaction('note').insert({ text: 'a' });
          await context.files.append('log.txt', 'a;');
          await context.files.append('new.txt', 'b;');
          if (runs < 3) await deadlock();
        });
        service.setOffset(1);
        return true;
      };
      const job = await scripted.carried(number);
      expect([slices, runs]).toEqual([1, 3]);
      expect(job).toMatchObject({ status: 'in_progress', offset: 1, counts: { processed: 1 } });
      expect(await scripted.notes()).toEqual(['a']);
      expect(await scripted.text(number, 'log.txt')).toBe('before;a;');
      expect(await scripted.text(number, 'new.txt')).toBe('b;');
    });

    test('a database that stays away costs the slice, not the job', async () => {
      await using scripted = await open({});
      vi.spyOn(scripted.app.container.get('jobStore'), 'recordWith').mockImplementationOnce(brokenConnection);
      const number = await scripted.push();
      script.slice = (service, _job, context) => {
        addNote(context, 'a');
        service.advance(1, 1);
        return true;
      };
      expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', offset: 0, worker: undefined });
      // It waits a second, so that a job that nobody can record does not spin.
      expect(await scripted.app.container.get('loop').tick()).toBe(0);
      await scripted.change(number, { due_at: '2000-01-01 00:00:00.000' });
      expect(await scripted.carried(number)).toMatchObject({ status: 'success' });
      expect(await scripted.notes()).toEqual(['a']);
    });

    test('a write under which the connection breaks again and again, while the database answers, is the job’s fault', async () => {
      await using scripted = await open({});
      let runs = 0;
      script.slice = (_service, _job, context) => {
        context.write(() => {
          runs++;
          return brokenConnection();
        });
        return true;
      };
      const { status, error } = await scripted.carried(await scripted.push());
      expect([status, error?.message]).toEqual(['error', expect.stringContaining('The connection broke 6 times')]);
      expect(runs).toBe(7);
    });

    test('a database that reads but takes no writes for longer than that is waited for, and no job fails', async () => {
      await using scripted = await open({});
      let runs = 0;
      script.slice = (service, _job, context) => {
        addNote(context, 'a');
        context.write(() => {
          // As a server does after a failover that made it read-only.
          if (++runs <= 8) return databaseFault({ errno: 1290 });
        });
        service.advance(1, 1);
        return true;
      };
      expect(await scripted.carried(await scripted.push())).toMatchObject({ status: 'success' });
      expect(await scripted.notes()).toEqual(['a']);
    });

    test.each(['commit', 'rollback'] as const)(
      'a %s inside a callback is refused: the record belongs to it',
      async (end) => {
        await using scripted = await open();
        const number = await scripted.push();
        script.slice = (service, _job, context) => {
          addNote(context, 'a');
          context.write(async (transaction) => void (await transaction[end]()));
          service.advance(1, 1);
          return true;
        };
        const { status, error } = await scripted.carried(number);
        expect([status, error?.message]).toEqual(['error', expect.stringContaining('commit or rollback was called')]);
        expect(await scripted.notes()).toEqual([]);
      },
    );

    test.each(['COMMIT', 'ROLLBACK', 'START TRANSACTION', 'SET autocommit = 1', 'set session AUTOCOMMIT = ON'])(
      'the statement %s inside a callback is refused, as it would end the transaction',
      async (statement) => {
        await using scripted = await open();
        const number = await scripted.push();
        script.slice = (service, _job, context) => {
          addNote(context, 'a');
          context.write(async (transaction) => void (await transaction.raw(statement)));
          service.advance(1, 1);
          return true;
        };
        const { status, error } = await scripted.carried(number);
        expect([status, error?.message]).toEqual(['error', expect.stringContaining(`${statement} was called`)]);
        expect(await scripted.notes()).toEqual([]);
      },
    );

    test('the injected database inside a callback is refused: its writes would escape the transaction', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      script.slice = (service, _job, context) => {
        context.write(async () => {
          await scripted.app.container.get('knex').raw('SELECT 1');
        });
        service.advance(1, 1);
        return true;
      };
      expect(await scripted.carried(number)).toMatchObject({
        status: 'error',
        error: { message: expect.stringContaining('inside a context.write callback') },
      });
    });

    test('after the slice has returned it throws: nothing would run the callback', async () => {
      await using scripted = await open();
      let late: JobContext | undefined;
      script.slice = (service, _job, context) => {
        late = context;
        service.advance(1, 1);
        return true;
      };
      await scripted.carried(await scripted.push());
      expect(() => late?.write(() => undefined)).toThrow(/after its slice had returned/);
    });
  });
}

import { expect, test } from 'vitest';
import { WriteEndedError } from '../../core/contracts/errors.js';
import { judge, type SliceFacts } from '../../core/loop/outcome.js';
import { script } from '../fixtures/scripted/open-scripted.js';
import { writeSetup } from './write-setup.js';

const open = writeSetup(() => ({}));

test('a conflict that rolls the whole write back ends the job, and is not taken for its own', async () => {
  await using scripted = await open();
  const number = await scripted.push();
  script.slice = (service, _job, context) => {
    context.write(async (transaction) => {
      await transaction('note').insert({ text: 'a' });
      await transaction.raw("INSERT OR ROLLBACK INTO note (text) VALUES ('a')").catch(() => undefined);
    });
    service.advance(1, 1);
    return true;
  };
  const { status, error } = await scripted.carried(number);
  expect([status, error?.message]).toEqual([
    'error',
    expect.stringMatching(/^INSERT OR ROLLBACK ended the transaction/),
  ]);
  expect(await scripted.notes()).toEqual([]);
});

test('nothing more is written behind it, and it is not tried again by itself, where its type tries again', async () => {
  await using scripted = await open();
  const number = await scripted.push('stubborn');
  const met: string[] = [];
  script.slice = (_service, _job, context) => {
    context.write(async (transaction) => {
      const insert = (how: string) =>
        transaction.raw(`INSERT ${how} INTO note (text) VALUES ('a')`).catch(({ code }) => met.push(code));
      await insert('');
      await insert('OR ROLLBACK');
      await insert('');
    });
    return true;
  };
  expect(await scripted.carried(number)).toMatchObject({ status: 'error', error: { code: 'failed' } });
  expect(met).toEqual(['SQLITE_CONSTRAINT_UNIQUE', 'write_ended']);
  expect(await scripted.notes()).toEqual([]);
});

test('one that is not caught has undone all, and is tried again as anything else that is thrown', async () => {
  await using scripted = await open();
  const number = await scripted.push('stubborn');
  script.slice = (_service, _job, context) => {
    context.write(async (transaction) => {
      await transaction('note').insert({ text: 'a' });
      await transaction.raw("INSERT OR ROLLBACK INTO note (text) VALUES ('a')");
    });
    return true;
  };
  expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', error: { code: 'failed' } });
  expect(await scripted.notes()).toEqual([]);
});

test('END is COMMIT by another name', async () => {
  await using scripted = await open();
  const number = await scripted.push('stubborn');
  script.slice = (_service, _job, context) => {
    context.write(async (transaction) => {
      await transaction('note').insert({ text: 'a' });
      await transaction.raw('END');
      throw new Error('No.');
    });
    return true;
  };
  const { status, error } = await scripted.carried(number);
  expect([status, error?.message]).toEqual(['error', expect.stringMatching(/^END ended the transaction/)]);
  // What the message says: in part.
  expect(await scripted.notes()).toEqual(['a']);
});

test('a conflict that undoes its own statement only, and is caught, ends nothing', async () => {
  await using scripted = await open();
  const number = await scripted.push();
  script.slice = (service, _job, context) => {
    context.write(async (transaction) => {
      await transaction('note').insert({ text: 'a' });
      await transaction.raw("INSERT INTO note (text) VALUES ('a')").catch(() => undefined);
    });
    service.advance(1, 1);
    return true;
  };
  expect(await scripted.carried(number)).toMatchObject({ status: 'success' });
  expect(await scripted.notes()).toEqual(['a']);
});

test.each([
  [undefined, 'fail'],
  ['stopping', 'fail'],
  ['too_long', 'fail'],
  // People have said how it ends, or another worker does.
  ['cancelled', 'drop'],
  ['lease_lost', 'drop'],
] as const)('where a slice was asked to stop (%s) meanwhile, its outcome is: %s', (stopped, kind) => {
  const job = { offset: 1, counts: {}, message: undefined };
  const facts = { claimed: { job, triesUsed: 0 }, stopped, whenWorkerLost: 'resume', retry: { attempts: 5 } };
  const told = { ...facts, lastProgress: 0, hide: (text: string) => text } as never as SliceFacts;
  expect(judge({ threw: new WriteEndedError('TRUNCATE TABLE staging') }, told)).toMatchObject({ kind });
});

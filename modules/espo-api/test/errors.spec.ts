import { AbstractProgressManager } from 'progress-manager';
import { type Script, scriptedJob } from 'progress-manager/testing';
import { expect, test } from 'vitest';
import { type Espo, type EspoOptions, openEspo } from './open-espo.js';

/** What a broken service is: a push makes it once while it is sound. */
let isBroken = false;

class PrinterProgressManager extends AbstractProgressManager {
  constructor() {
    super();
    if (isBroken) throw new Error('There is no printer.');
  }

  executeProgressJob(): boolean {
    this.advance(1, 1);
    return true;
  }
}

class OtherProgressManager extends AbstractProgressManager {
  constructor() {
    super();
    // biome-ignore lint/correctness/noConstructorReturn: what a module may do, and must not
    if (isBroken) return {} as OtherProgressManager;
  }

  executeProgressJob(): boolean {
    this.advance(1, 1);
    return true;
  }
}

const printing = { type: { print: { service: PrinterProgressManager }, other: { service: OtherProgressManager } } };
const throwing: Script = () => {
  throw new Error('boom');
};

/** Pushes one job that is shown and one that is hidden, breaks what `breaks` says, and carries both. */
async function fail(at: Espo, type: string): Promise<void> {
  isBroken = false;
  for (const isHidden of [false, true]) expect(await at.espo.push('Print', type, { a: 1 }, 'ann', isHidden)).toBe(true);
  isBroken = true;
  while ((await at.tick()) > 0);
}

const onlyBen = {
  beforeSlice: ({ job }: { readonly job: { readonly userId: string | undefined } }) => {
    if (job.userId !== 'ben') throw new Error(`No such user: ${job.userId}`);
  },
};

test.each<[string, string, EspoOptions]>([
  ['No such service: PrinterProgressManager', 'print', { app: printing }],
  ['ProgressManager service should be instance of: ProgressJobInterface', 'other', { app: printing }],
  ['No such user: ann', 'export', { app: { hook: onlyBen } }],
  ['ProgressManager job running failed: boom', 'export', { slice: throwing }],
])('scenario 6: "%s" is shown for the job that ended in error, and told once', async (message, type, options) => {
  await using at = await openEspo(options);
  await fail(at, type);
  const { total, list } = await at.ask(200, 'ann', 'GET ProgressManager/popupData');
  expect([total, list[0].status]).toEqual([1, { key: 'error', translate: 'Error' }]);
  expect(list[0].actions).toEqual([
    { type: 'close', data: {} },
    { type: 'showMessage', data: { message } },
  ]);
  expect(await at.told('ann')).toEqual(['Print failed']);
  const hidden = await at.kit.progressManager.find({ isHidden: true });
  expect(hidden.list).toMatchObject([{ status: 'error' }]);
});

test('scenario 6: "No such ProgressManager job type" is shown while the job waits for its module', async () => {
  await using at = await openEspo();
  const { id } = await at.push('ann');
  await at.kit.knex('progress_manager').where({ id }).update({ type: 'gone' });
  expect(await at.tick()).toBe(0);
  const { list } = await at.ask(200, 'ann', 'GET ProgressManager/popupData');
  expect(list[0]).toMatchObject({
    status: { key: 'new' },
    actions: [
      { type: 'cancel', data: {} },
      { type: 'showMessage', data: { message: 'No such ProgressManager job type: gone' } },
    ],
  });
  await at.kit.knex('progress_manager').where({ id }).update({ type: 'export' });
  expect((await at.kit.carry(id)).job.status).toBe('success');
  await at.kit.knex('progress_manager').where({ id }).update({ type: 'gone' });
  const ended = await at.ask(200, 'ann', 'GET ProgressManager/popupData');
  expect(ended.list[0].actions).toEqual([{ type: 'close', data: {} }]);
});

test('a service that says itself that it failed is shown in its own words', async () => {
  await using at = await openEspo({
    slice: (service) => {
      service.setMessage('Row 7 has no name.');
      service.setStatus('error');
      return true;
    },
  });
  await at.push('ann');
  await at.tick();
  const { list } = await at.ask(200, 'ann', 'GET ProgressManager/popupData');
  expect(list[0].actions.at(-1)).toEqual({ type: 'showMessage', data: { message: 'Row 7 has no name.' } });
});

test('a type that lists showMessage has it once, in its place, and on every page', async () => {
  const export_ = {
    ...scriptedJob(['THROW']),
    action: { success: ['showMessage'], error: ['showMessage', 'request'] },
  };
  await using at = await openEspo({ app: { type: { own: export_ } } });
  expect(await at.espo.push('Own', 'own', [], 'ann')).toBe(true);
  await at.tick();
  const { list } = await at.ask(200, 'ann', 'GET ProgressManager/popupData');
  expect(list[0].actions.map(({ type }: { readonly type: string }) => type)).toEqual([
    'close',
    'showMessage',
    'request',
  ]);
  const message = 'ProgressManager job running failed: The script says so.';
  expect(await at.ask(200, 'ann', `PUT ProgressManager/${list[0].id}/showMessage`)).toEqual({ message });
  const job = await at.job(list[0].id);
  expect(await at.kit.progressManager.actionsOf(job)).toContainEqual({
    ...{ type: 'showMessage', label: 'Show message' },
    data: { message },
  });
});

import { fileURLToPath } from 'node:url';
import {
  ActionNotOfferedError,
  JobNotFoundError,
  STATUSES,
  type Status,
  UnknownActionError,
  type User,
} from 'progress-manager';
import { describe, expect, test, vi } from 'vitest';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';

const ANN: User = { id: 'ann', isAdmin: false };
const BEN: User = { id: 'ben', isAdmin: false };
const ROOT: User = { id: 'root', isAdmin: true };

describe('showing', () => {
  test('a button has its key, a label made from it, and the data of its action', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push('scripted', { userId: 'ann' });
    expect(await scripted.manager.actionsOf(await scripted.job(number), { user: ANN })).toEqual([
      { type: 'pause', label: 'Pause', data: {} },
      { type: 'cancel', label: 'Cancel', data: { confirm: true } },
      { type: 'press', label: 'Press', data: { number } },
    ]);
    expect(await scripted.manager.actionsOf(await scripted.job(number), { user: BEN })).toEqual([]);
  });

  test.each(STATUSES)('what is shown for %s is what can be pressed, and nothing else', async (status: Status) => {
    await using scripted = await openScripted();
    for (const key of ['pause', 'resume', 'cancel', 'retry', 'run_again', 'close', 'press']) {
      const number = await scripted.push('scripted', { userId: 'ann' });
      await scripted.change(number, { status });
      const shown = (await scripted.manager.actionsOf(await scripted.job(number), { user: ANN })).map(
        ({ type }) => type,
      );
      const pressed = await scripted.manager.act(number, key, {}, { user: ANN }).then(
        () => true,
        (error) => {
          expect(error).toBeInstanceOf(ActionNotOfferedError);
          expect(error).toMatchObject({ jobStatus: status, offered: shown, status: 409 });
          return false;
        },
      );
      expect(pressed, key).toBe(shown.includes(key));
    }
  });
});

describe('pressing', () => {
  test('does the work with what the caller sent, and gives back what came of it', async () => {
    await using scripted = await openScripted();
    script.pressed = (input) => ({ pressed: input.hard });
    const number = await scripted.push('scripted', { userId: 'ann' });
    const { job, result } = await scripted.manager.act(number, 'press', { hard: true }, { user: ANN });
    expect(result).toEqual({ pressed: true });
    expect(job).toMatchObject({ number, status: 'new' });
  });

  test('an action that no module declares is unknown, in whatever status', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push();
    for (const key of ['explode', '', '__proto__', 'constructor', "x' OR '1'='1"]) {
      await expect(scripted.manager.act(number, key), key).rejects.toBeInstanceOf(UnknownActionError);
    }
  });

  test('what the status does not offer is refused with the status and with what is offered', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push();
    const refused = scripted.manager.act(number, 'close');
    await expect(refused).rejects.toThrow(
      'The job is new, which does not offer "close". Offered now: pause, cancel, press.',
    );
  });

  test('a job that ends between the look and the press is refused with its new status, and with what that offers', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push();
    const store = scripted.app.container.get('jobStore');
    const cancel = store.cancel.bind(store);
    vi.spyOn(store, 'cancel').mockImplementationOnce(async (...args) => {
      await scripted.change(number, { status: 'success' });
      return cancel(...args);
    });
    const refused = scripted.manager.cancel(number);
    await expect(refused).rejects.toThrow(
      'The job is success, which does not offer "cancel". Offered now: close, run_again, press.',
    );
  });

  test('a job of somebody else reads as one that is not there; admins and the application act on all', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push('scripted', { userId: 'ann' });
    await expect(scripted.manager.cancel(number, { user: BEN })).rejects.toThrow(new JobNotFoundError(number).message);
    await expect(scripted.manager.act(number, 'explode', {}, { user: BEN })).rejects.toBeInstanceOf(JobNotFoundError);
    expect(await scripted.job(number)).toMatchObject({ status: 'new' });
    expect(await scripted.manager.cancel(number, { user: ROOT })).toMatchObject({ status: 'cancelled' });
    expect(await scripted.manager.cancel(await scripted.push('scripted', { userId: 'ann' }))).toMatchObject({
      status: 'cancelled',
    });
  });

  test("close takes a finished job out of its owner's list; the row stays", async () => {
    await using scripted = await openScripted();
    const number = await scripted.push('scripted', { userId: 'ann' });
    await scripted.manager.cancel(number, { user: ANN });
    const { job } = await scripted.manager.act(number, 'close', {}, { user: ANN });
    expect(job).toMatchObject({ isClosed: true, status: 'cancelled' });
    expect((await scripted.manager.find({}, { user: ANN })).list).toEqual([]);
    expect((await scripted.manager.find({ isClosed: true }, { user: ANN })).list).toMatchObject([{ number }]);
  });

  test('what an action throws reaches the caller, and the job is as it was', async () => {
    await using scripted = await openScripted();
    script.pressed = () => {
      throw new Error('on purpose');
    };
    const number = await scripted.push();
    await expect(scripted.manager.act(number, 'press')).rejects.toThrow('on purpose');
    expect(await scripted.job(number)).toMatchObject({ status: 'new', revision: 0 });
  });
});

test('a module replaces an action of core, and offers it in further statuses', async () => {
  await using scripted = await openScripted({ root: fileURLToPath(new URL('overriding', import.meta.url)) });
  const number = await scripted.push('careful', { name: 'Export' });
  expect(await scripted.manager.actionsOf(await scripted.job(number))).toMatchObject([
    { type: 'pause' },
    { type: 'cancel', label: 'Cancel with a reason', data: { ask: 'Why should Export be cancelled?' } },
  ]);
  expect(await scripted.manager.act(number, 'cancel')).toMatchObject({
    result: 'Give a reason.',
    job: { status: 'new' },
  });
  const { result, job } = await scripted.manager.act(number, 'cancel', { reason: 'too slow' });
  expect([result, job.status]).toEqual(['Cancelled: too slow', 'cancelled']);
  await scripted.change(number, { status: 'error' });
  expect(await scripted.manager.actionsOf(await scripted.job(number))).toMatchObject([
    { type: 'retry' },
    { type: 'close' },
    { type: 'run_again' },
    { type: 'cancel' },
  ]);
});

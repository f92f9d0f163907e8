import type { ActionContext, Job } from 'progress-manager';
import { expect, test } from 'vitest';
import { RequestAction } from '../services/request-action.js';
import { openEspo } from './open-espo.js';

class SendAction extends RequestAction {
  override readonly path = 'send';

  override executeStatusAction(job: Job, { user }: ActionContext): unknown {
    return job.name === 'silent' ? undefined : { sent: job.name, by: user.id };
  }
}

const types = (list: readonly { readonly type: string }[]) => list.map(({ type }) => type).join(' ');

test('C8: a button that is one request is pressed at its url, by the owner, while the status offers it', async () => {
  const statusAction = { success: ['send', 'request'] };
  await using at = await openEspo({ app: { actionService: { send: SendAction }, statusAction } });
  const [{ id }, silent] = [await at.push('ann'), await at.push('ann', 'silent')];
  await at.ask(409, 'ann', `PUT ProgressManager/${id}/send`);
  await at.tick();
  const { list } = await at.ask(200, 'ann', 'GET ProgressManager/popupData');
  const [close, send, request] = list[1].actions;
  expect(close).toEqual({ type: 'close', data: {} });
  expect(send).toEqual({ type: 'send', data: { requestType: 'PUT', url: `ProgressManager/${id}/send` } });
  expect(request.data.url).toBe(`ProgressManager/${id}/request`);
  expect(await at.ask(200, 'ann', `${send.data.requestType} ${send.data.url}`)).toEqual({ sent: 'Export', by: 'ann' });
  expect(await at.ask(200, 'ann', `${request.data.requestType} ${request.data.url}`)).toBe(true);
  expect(await at.ask(200, 'ann', `PUT ProgressManager/${silent.id}/send`)).toBe(true);
  await at.ask(403, 'ben', `PUT ProgressManager/${id}/send`);
  await at.ask(404, 'ann', `PUT ProgressManager/${id}/nonsense`);
});

test('T14: the panel shows cancel and close, then what modules give to a status, then what the type gives', async () => {
  const plain = class {
    getProgressStatusActionData = () => ({ confirm: true });
    executeStatusAction = () => undefined;
  };
  const empty = class {
    getProgressStatusActionData = () => ({ isEmpty: true });
    executeStatusAction = () => undefined;
  };
  // What a class has as fields, no check of classes sees.
  Object.assign(plain.prototype, new plain());
  Object.assign(empty.prototype, new empty());
  const statusAction = { new: ['ask', 'nothing'], success: ['ask'], paused: ['ask'] };
  await using at = await openEspo({ app: { actionService: { ask: plain, nothing: empty }, statusAction } });
  const { id } = await at.push('ann');
  const shown = async () => (await at.ask(200, 'ann', 'GET ProgressManager/popupData')).list[0].actions;
  expect(await shown()).toEqual([
    { type: 'cancel', data: {} },
    { type: 'ask', data: { confirm: true } },
  ]);
  await at.kit.progressManager.pause(id);
  expect(types(await shown())).toBe('cancel ask');
  await at.kit.progressManager.resume(id);
  await at.tick();
  expect(types(await shown())).toBe('close ask download_export_file');
});

test('a module that replaces cancel says itself what the button holds', async () => {
  class Cancel {
    getProgressStatusActionData() {
      return { text: 'Really?' };
    }

    executeStatusAction() {
      return undefined;
    }
  }
  await using at = await openEspo({ app: { actionService: { cancel: { service: Cancel, override: true } } } });
  await at.push('ann');
  const { list } = await at.ask(200, 'ann', 'GET ProgressManager/popupData');
  expect(list[0].actions).toEqual([{ type: 'cancel', data: { text: 'Really?' } }]);
});

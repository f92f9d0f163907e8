import { expect, test } from 'vitest';
import { openApplication } from '../../../test/http/application.js';
import { docLines, docModules } from '../../../test/support/doc-modules.js';
import { moduleRoot } from '../../../test/support/module-root.js';

const PAGE = 'from-treocore.md';
const PREFIX = '/api/v1/ProgressManager';

test('the page for those who come from that system fits a screen, and its example works', async () => {
  expect(await docLines(PAGE)).toBeLessThanOrEqual(60);
  await using root = await moduleRoot(['espo-api'], {}, await docModules(PAGE));
  await using application = await openApplication({ root: root.path });
  const { container } = application.app;
  const ann = container.get('espoProgressManager').as({ id: 'ann', isAdmin: false });
  expect(await ann.push('Report', 'report', { ids: ['a', 'b', 'c'] })).toBe(true);
  await application.work();
  const { total, list } = await application.expect(200, 'ann', `GET ${PREFIX}/popupData?maxSize=200`);
  const [{ id, progress, status, actions }] = list;
  expect([total, progress, status.key]).toEqual([1, 100, 'success']);
  expect((await container.get('progressManager').get(id))?.data).toEqual({ ids: ['a', 'b', 'c'], last: 'c' });
  expect(actions).toEqual([
    { type: 'close', data: {} },
    { type: 'mail_report', data: { requestType: 'PUT', url: `ProgressManager/${id}/mail_report` } },
  ]);
  expect(await application.expect(200, 'ann', `PUT ${PREFIX}/${id}/mail_report`)).toEqual({ mailed: 'Report' });
  expect(await application.expect(200, 'ann', `PUT ${PREFIX}/${id}/close`)).toBe(true);
});

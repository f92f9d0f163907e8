import { expect, test, vi } from 'vitest';
import { openApplication } from '../../../test/http/application.js';
import { docLines, docModules } from '../../../test/support/doc-modules.js';
import { moduleRoot } from '../../../test/support/module-root.js';

const PAGE = 'from-mobizon.md';

test('the page for those who come from that system fits a screen, and its example works', async () => {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  expect(await docLines(PAGE)).toBeLessThanOrEqual(60);
  await using root = await moduleRoot(['mobizon-api'], {}, await docModules(PAGE));
  await using application = await openApplication({ root: root.path });
  const form = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } };
  const send = (call: string, body: string) =>
    application.expect(200, 'nobody', `POST /service/${call}?apiKey=${application.keys.ann}`, { ...form, body });
  const { code, data } = await send('campaign/addRecipients', 'recipients[]=1&recipients[]=2');
  expect(code).toBe(100);
  await application.work();
  expect(printed.mock.calls).toEqual([['1'], ['2']]);
  expect(await send('taskqueue/getStatus', `id=${data}`)).toMatchObject({
    code: 0,
    data: { progress: 100, status: 2 },
  });
  printed.mockRestore();
});

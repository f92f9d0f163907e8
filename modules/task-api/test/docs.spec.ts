import { expect, test } from 'vitest';
import { openApplication } from '../../../test/http/application.js';
import { docLines, docModules } from '../../../test/support/doc-modules.js';
import { moduleRoot } from '../../../test/support/module-root.js';

const PAGE = 'from-priceforge.md';

test('the page for those who come from that system fits a screen, and its example works', async () => {
  expect(await docLines(PAGE)).toBeLessThanOrEqual(60);
  await using root = await moduleRoot(['task-api'], {}, await docModules(PAGE));
  await using application = await openApplication({ root: root.path });
  const { task_id } = await application.expect(200, 'ann', 'POST /api/stock/import');
  await application.work();
  expect(await application.expect(200, 'ann', `GET /api/tasks/${task_id}`)).toMatchObject({
    status: 'completed',
    result: { rows_total: 100, inserted: 95 },
  });
});

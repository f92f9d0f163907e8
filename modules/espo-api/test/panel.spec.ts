import { expect, test, vi } from 'vitest';
import { openEspo } from './open-espo.js';
import { panelSuite } from './panel-suite.js';

panelSuite(openEspo);

test('a job that goes on while the panel is read stands in it once', async () => {
  await using at = await openEspo();
  const { id } = await at.push('ann');
  const { progressManager } = at.kit;
  const find = progressManager.find.bind(progressManager);
  vi.spyOn(progressManager, 'find').mockImplementation(async (filter, as) => {
    const page = await find(filter, as);
    if (filter?.status?.[0] === 'new') await at.tick();
    return page;
  });
  const { list } = await at.ask(200, 'ann', 'GET ProgressManager/popupData');
  expect(list).toMatchObject([{ id, status: { key: 'success' } }]);
});

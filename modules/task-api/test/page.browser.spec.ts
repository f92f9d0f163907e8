import { expect, test } from 'vitest';
import { moduleRoot } from '../../../test/support/module-root.js';
import { browsing } from '../../../test/web/support/browsing.js';
import { eventually } from '../../../test/web/support/eventually.js';
import type { Visit } from '../../../test/web/support/visit.js';
import { SHOP } from './application.js';

const serve = browsing();

/** What the button of a page does: it submits, and leaves the rest to the page. */
const press = ({ page }: Visit, stepMs: number): Promise<string> =>
  page.evaluate(`fetch('/api/demo/import?stepMs=${stepMs}', { method: 'POST' })
    .then((answer) => { document.dispatchEvent(new CustomEvent('pm-started')); return answer.json(); })
    .then(({ task_id }) => task_id)`);

const toast = ({ page }: Visit) => page.locator('progress-toasts').getByText('Stock import was successfully completed');

test('a button brings a bar, then exactly one toast, and nothing is asked about the task after it', async () => {
  await using root = await moduleRoot(['task-api'], { shop: SHOP });
  await using served = await serve({ root: root.path });
  await served.app.start();
  const visit = await served.visit();
  await press(visit, 1500);
  await eventually(() => visit.percent('Stock import')).toBe(25);
  await toast(visit).waitFor();
  const asked: string[] = [];
  visit.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const looks = visit.looks.length;
  await eventually(() => visit.looks.length).toBeGreaterThan(looks);
  expect(await toast(visit).count()).toBe(1);
  expect(asked.filter((path) => path !== '/api/jobs')).toEqual([]);
  expect(visit.faults).toEqual([]);
});

test('closing the tab does not stop the task, and opening it again shows how it stands', async () => {
  await using root = await moduleRoot(['task-api'], { shop: SHOP });
  await using served = await serve({ root: root.path });
  await served.app.start();
  const first = await served.visit();
  const id = await press(first, 3000);
  await eventually(() => first.percent('Stock import')).toBe(25);
  await first.page.context().close();
  const second = await served.visit();
  await eventually(() => second.percent('Stock import')).toBe(75);
  await toast(second).waitFor();
  expect(await served.app.container.get('taskApi').get(id)).toMatchObject({ status: 'completed' });
});

import { defineProgressManager, type Job, type StatusActionInterface } from 'progress-manager';
import { expect, test } from 'vitest';
import { browsing } from './support/browsing.js';
import { eventually } from './support/eventually.js';
import { ANN } from './support/served-page.js';

const serve = browsing();

const MESSAGE = `Row 7: <b>price</b> holds "zwölf".\n${'A line of the report. '.repeat(200)}`;

/** A button that only shows something. */
class ShowReport implements StatusActionInterface {
  getProgressStatusActionData({ name }: Job): Readonly<Record<string, unknown>> {
    return { message: name === 'Silent' ? '' : MESSAGE, isEmpty: name === 'Silent' };
  }

  executeStatusAction(): never {
    throw new Error('Nobody sends this to the server.');
  }
}

/** A button with an address of its own. */
class Forget implements StatusActionInterface {
  getProgressStatusActionData({ id, name }: Job): Readonly<Record<string, unknown>> {
    return { requestType: 'delete', url: name === 'Elsewhere' ? 'https://elsewhere.example/' : `/api/jobs/${id}` };
  }

  executeStatusAction(): Readonly<Record<string, unknown>> {
    return { pressed: true };
  }
}

const reports = defineProgressManager({
  actionService: { show_report: ShowReport, forget: Forget },
  type: { report: { run: () => 1, action: { success: ['show_report', 'forget'] } } },
});

async function ended(name: string) {
  const served = await serve({ modules: { reports } });
  await served.manager.push(name, 'report', {}, { userId: ANN.id });
  await served.app.tick();
  return served;
}

const menu = (name: string) => ({ name: `More actions for ${name}` });

test('a button that brings a message shows it in a dialog, as text; until it is closed nothing is asked', async () => {
  await using served = await ended('Stock of May');
  const visit = await served.visit();
  await visit.jobs.getByRole('button', { name: 'Show report' }).click();
  const dialog = visit.jobs.getByRole('dialog', { name: 'Message' });
  await dialog.waitFor();
  expect(await dialog.getByRole('paragraph').textContent()).toBe(MESSAGE);
  const looks = visit.looks.length;
  await new Promise((resolve) => setTimeout(resolve, 6000));
  expect(visit.looks.length).toBe(looks);
  await visit.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await eventually(() => visit.looks.length).toBeGreaterThan(looks);
  expect(visit.presses).toEqual([]);
});

test('one that has nothing to show is not there', async () => {
  await using served = await ended('Silent');
  const visit = await served.visit();
  await visit.jobs.getByRole('button', menu('Silent')).click();
  expect(await visit.jobs.getByRole('menuitem').allInnerTexts()).not.toContain('Show report');
});

test('a button with a request of its own asks there, and the list follows', async () => {
  await using served = await ended('Stock of May');
  const visit = await served.visit();
  await visit.jobs.getByRole('button', menu('Stock of May')).click();
  await visit.jobs.getByRole('menuitem', { name: 'Forget' }).click();
  await visit.jobs.getByText('You have no jobs yet.').waitFor();
  expect(await served.manager.find()).toMatchObject({ total: 0 });
});

test('a request to another server is none: the button is sent to ours', async () => {
  await using served = await ended('Elsewhere');
  const visit = await served.visit();
  await visit.jobs.getByRole('button', menu('Elsewhere')).click();
  await visit.jobs.getByRole('menuitem', { name: 'Forget' }).click();
  await eventually(() => visit.presses).toEqual(['forget']);
  expect(visit.faults).toEqual([]);
});

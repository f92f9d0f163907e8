import { readFile } from 'node:fs/promises';
import type { Download, Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { BUNDLED, browsing } from './support/browsing.js';
import { eventually } from './support/eventually.js';
import type { ServedPage } from './support/served-page.js';
import type { Visit } from './support/visit.js';

const serve = browsing();

const CITIES = ['Aachen', 'Œuf-en-Ternois', '東京', 'الرياض', '"Quoted", Inc.'];

test('an import: the file is uploaded, the bar moves slice by slice, and it ends with success', async () => {
  await using served = await serve(BUNDLED);
  const visit = await served.visit();
  const form = await openForm(visit, 'Import');
  expect(await form.getByLabel('Table').locator('option').allTextContents()).toEqual(['place']);
  await form.getByLabel('Name').fill('Many places');
  await chooseFile(form, csvOf(Array.from({ length: 2500 }, (_, index) => `Place ${index},${index % 90},7.5,DE`)));
  await form.getByRole('button', { name: 'Start' }).click();
  await form.getByText('Started as job 1.').waitFor();

  await carryOneSlice(served);
  await eventually(() => visit.percent('Many places')).toBeGreaterThan(30);
  expect(await visit.percent('Many places')).toBeLessThan(50);
  await visit.row('Many places').getByText('1,000 processed', { exact: true }).waitFor();
  await carryToTheEnd(served);
  await visit.row('Many places').getByText('Success').waitFor();
  await visit.row('Many places').getByText('2,500 processed').waitFor();
  expect(await served.app.container.get('knex')('place').count({ rows: '*' })).toEqual([{ rows: 2500 }]);
  expect(visit.faults).toEqual([]);
});

test('a date, a time, a mail address and a link have inputs of their own, and are pushed as the schema wants them', async () => {
  const schema = z.object({ day: z.iso.date(), at: z.iso.datetime(), mail: z.email(), page: z.url() });
  await using served = await serve({ modules: { mine: { type: { visit: { run: () => undefined, schema } } } } });
  const visit = await served.visit();
  const form = await openForm(visit, 'Visit');
  await form.getByLabel('Day').fill('2026-01-31');
  await form.getByLabel('At').fill('2026-01-31T08:00');
  await form.getByLabel('Mail').fill('ann@example.org');
  await form.getByLabel('Page').fill('https://example.org/');
  const types = ['Day', 'At', 'Mail', 'Page'].map((label) => form.getByLabel(label).getAttribute('type'));
  expect(await Promise.all(types)).toEqual(['date', 'datetime-local', 'email', 'url']);
  const at = await form.page().evaluate(() => new Date('2026-01-31T08:00').toISOString());
  await form.getByRole('button', { name: 'Start' }).click();
  await form.getByText('Started as job 1.').waitFor();
  const job = await served.app.container.get('progressManager').get(1);
  expect(job?.data).toEqual({ day: '2026-01-31', at, mail: 'ann@example.org', page: 'https://example.org/' });
  expect(visit.faults).toEqual([]);
});

test('rows that cannot be imported are counted, and offered for download with their reasons', async () => {
  await using served = await serve(BUNDLED);
  const visit = await served.visit();
  const form = await openForm(visit, 'Import');
  await chooseFile(form, csvOf(['Aachen,50.8,6.1,DE', 'Nowhere,north,6.1,DE', ',1,2,DE']));
  await form.getByRole('button', { name: 'Start' }).click();
  await form.getByText('Started as job 1.').waitFor();
  await carryToTheEnd(served);

  const row = visit.row('Import');
  await row.getByText('2 failed').waitFor();
  expect(await row.textContent()).toMatch(/3 processed · 2 failed · just now/);
  const rejected = await download(visit, row.getByRole('link', { name: 'Download rejected rows' }));
  expect(rejected.suggestedFilename()).toBe('rejected.csv');
  const [, first, second] = (await textOf(rejected)).split('\r\n');
  expect(first).toBe('3,"lat is no number","Nowhere,north,6.1,DE"');
  expect(second).toBe('4,"name is missing",",1,2,DE"');
});

test('an export: Download is its main action and gives the bytes of the file; the rest is in the menu', async () => {
  await using served = await serve(BUNDLED);
  await served.app.container
    .get('knex')('place')
    .insert(CITIES.map((name) => ({ name, lat: 1.5, lng: -2, country: 'XX' })));
  const visit = await served.visit();
  const form = await openForm(visit, 'Export');
  await form.getByRole('button', { name: 'Start' }).click();
  await form.getByText('Started as job 1.').waitFor();
  await carryToTheEnd(served);

  const row = visit.row('Export');
  await row.getByText('Success').waitFor();
  const saved = await textOf(await download(visit, row.getByRole('link', { name: 'Download', exact: true })));
  expect(saved).toBe(await writtenBy(served, 1, 'place.csv'));
  for (const name of CITIES) expect(saved).toContain(name.replaceAll('"', '""'));
  await row.getByRole('button', { name: 'More actions for Export' }).click();
  expect(await row.getByRole('menuitem').allTextContents()).toEqual(['Close', 'Run again']);
  expect(visit.faults).toEqual([]);
});

test('pressing Start again after an answer was lost starts no second job', async () => {
  await using served = await serve(BUNDLED);
  const visit = await served.visit();
  const form = await openForm(visit, 'Export');
  let isLost = false;
  await visit.page.route(/\/api\/jobs$/, async (route) => {
    if (isLost) return route.continue();
    isLost = true;
    await route.fetch();
    return route.abort();
  });
  await form.getByRole('button', { name: 'Start' }).click();
  await form.getByText('There is no connection to the server.').waitFor();
  await form.getByRole('button', { name: 'Start' }).click();
  await form.getByText('Started as job 1.').waitFor();
  expect((await served.manager.find()).total).toBe(1);
});

test('what the server refuses is said in the form, which keeps what was filled in', async () => {
  await using served = await serve(BUNDLED);
  const visit = await served.visit();
  const form = await openForm(visit, 'Export');
  await form.getByLabel('Name').fill('   ');
  await form.getByRole('button', { name: 'Start' }).click();
  await eventually(() => form.getByRole('alert').textContent()).toMatch(/name/);
  expect(await form.getByLabel('Name').inputValue()).toBe('   ');
  expect((await served.manager.find()).total).toBe(0);
});

/** The form of a type, opened if it is not. */
async function openForm({ start }: Visit, type: string): Promise<Locator> {
  const title = start.getByRole('button', { name: type, exact: true });
  await title.waitFor();
  if ((await title.getAttribute('aria-expanded')) === 'false') await title.click();
  return start.locator('progress-start-form:visible');
}

async function chooseFile(form: Locator, text: string): Promise<void> {
  await form.getByLabel('File').setInputFiles({ name: 'places.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
}

function csvOf(lines: readonly string[]): string {
  return ['name,lat,lng,country', ...lines, ''].join('\n');
}

async function carryOneSlice({ app }: ServedPage): Promise<void> {
  await app.container.get('loop').tick();
}

async function carryToTheEnd({ app, manager }: ServedPage): Promise<void> {
  await app.start();
  await manager.wait(1, { timeout: 20_000 });
}

async function download({ page }: Visit, control: Locator): Promise<Download> {
  const [started] = await Promise.all([page.waitForEvent('download'), control.click()]);
  return started;
}

async function textOf(saved: Download): Promise<string> {
  return readFile(await saved.path(), 'utf8');
}

async function writtenBy({ manager }: ServedPage, number: number, name: string): Promise<string> {
  const file = await manager.openFile(number, name);
  const parts: Uint8Array[] = [];
  for await (const part of file.stream()) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import type { Application } from '../application.js';

/** What exporting must show on every kind of database. */
export function describeExport(boot: () => Promise<Application>): void {
  test('a table is exported in parts of 5,000 rows, as it was at push', async () => {
    await using application = await boot();
    const { knex, progressManager } = application;
    await insertPlaces(application, 10_500);
    const { id } = await progressManager.push('Export', 'export', { table: 'place' });
    await knex('place').insert({ name: 'Too late', lat: 1, lng: 2 });
    await knex('place').where({ name: 'Place 7' }).delete();

    expect(await application.slice(id)).toMatchObject({ progress: 47.62, counts: { processed: 5000, total: 10_500 } });
    expect(await application.slice(id)).toMatchObject({
      progress: 95.24,
      counts: { processed: 10_000, total: 10_500 },
    });
    const job = await application.slice(id);
    expect(job).toMatchObject({ status: 'success', progress: 100, result: { exported: 10_499 } });
    expect(job.outputs).toMatchObject([{ name: 'place.csv', parts: [{}, {}, {}] }]);

    const url = `/api/jobs/${id}/files/place.csv`;
    const download = { type: 'download_export_file', label: 'Download', data: { url } };
    expect(await progressManager.actionsOf(job)).toContainEqual(download);
    expect((await progressManager.act(id, 'download_export_file')).result).toEqual({ url });
    const [header, ...rows] = parse(await application.fileText(id, 'place.csv'));
    expect(header).toEqual(['name', 'lat', 'lng', 'country', 'admin1', 'admin2', 'reviewed']);
    expect(rows).toHaveLength(10_499);
    expect(rows.at(-1)).toEqual(['Place 10500', '-12.5', '0.25', 'FR', '', '', 'false']);
  });

  test('an exported file is imported as the same rows', async () => {
    await using application = await boot();
    const { knex, progressManager } = application;
    const awkward = ['a, b', 'say "hi"', 'two\r\nlines', 'Zürich 🏔', "'s-Hertogenbosch", 'NULL'];
    await knex('item').insert(awkward.map((note, index) => ({ code: `c${index}`, amount: index - 2, note })));
    const { id } = await progressManager.push('Export', 'export', { table: 'item' });
    await application.runToEnd(id);
    const before = await knex('item').orderBy('code').select('code', 'amount', 'note');
    await knex('item').delete();
    const imported = await application.pushImport('item', 'item.csv', await application.fileText(id, 'item.csv'));
    expect(await application.runToEnd(imported)).toMatchObject({ result: { imported: 6, rejected: 0 } });
    expect(await knex('item').orderBy('code').select('code', 'amount', 'note')).toEqual(before);
  });
}

async function insertPlaces({ knex }: Application, count: number): Promise<void> {
  const places = Array.from({ length: count }, (_, index) => ({
    name: `Place ${index + 1}`,
    lat: -12.5,
    lng: 0.25,
    country: 'FR',
  }));
  for (let start = 0; start < count; start += 500) await knex('place').insert(places.slice(start, start + 500));
}

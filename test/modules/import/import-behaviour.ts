import { expect, test } from 'vitest';
import type { Application } from '../application.js';

const HEADER = 'name,lat,lng,country,admin1,admin2\n';
const place = (name: string) => `${name},47.1,-3.25,FR,01,\n`;

/** What importing must show on every kind of database. */
export function describeImport(boot: () => Promise<Application>): void {
  test('a file is imported in slices of 1,000 rows, each going on at the byte where the last one stopped', async () => {
    await using application = await boot();
    const lines = Array.from({ length: 2500 }, (_, index) => place(`Märchenstadt ${index + 1}`));
    const content = HEADER + lines.join('');
    const id = await application.pushImport('place', 'places.csv', content);

    const first = await application.slice(id);
    expect(first).toMatchObject({
      status: 'in_progress',
      message: 'Reading row 1,000',
      offset: Buffer.byteLength(HEADER + lines.slice(0, 1000).join('')),
      counts: { processed: 1000, total: undefined, failed: 0, skipped: 0 },
    });
    expect(first.progress).toBeCloseTo((first.offset / Buffer.byteLength(content)) * 100, 1);
    expect((await application.slice(id)).counts.processed).toBe(2000);
    const last = await application.slice(id);
    expect(last).toMatchObject({ status: 'success', progress: 100, result: { imported: 2500, rejected: 0 } });
    expect(last.counts.total).toBe(2500);

    const rows = await application.knex('place').orderBy('id');
    expect(rows.map(({ name }) => name)).toEqual(lines.map((_, index) => `Märchenstadt ${index + 1}`));
    expect(rows[0]).toMatchObject({ country: 'FR', admin1: '01', admin2: '' });
    expect([rows[0].lat, rows[0].lng, rows[0].reviewed].map(Number)).toEqual([47.1, -3.25, 0]);
  });

  test('bad rows are counted and listed with line, reason and text, and stop nothing', async () => {
    await using application = await boot();
    const content = [
      'name,lat,lng,country',
      'Ärla,59.28,16.67,SE',
      'Too few,1',
      '"Two\nlines",1,2,XX',
      ',1,2,XX',
      'No number,north,2,XX',
      '"=cmd()"x,1,2,XX',
      `${'x'.repeat(201)},1,2,XX`,
      '',
      'Last,1,2,"XX"',
    ].join('\r\n');
    const job = await application.runToEnd(await application.pushImport('place', 'places.csv', content));

    expect(job).toMatchObject({
      status: 'success',
      counts: { processed: 8, failed: 5 },
      result: { imported: 3, rejected: 5 },
    });
    expect(await application.knex('place').orderBy('id').pluck('name')).toEqual(['Ärla', 'Two\nlines', 'Last']);
    const [header, ...rejected] = (await application.fileText(job.id, 'rejected.csv')).trimEnd().split('\r\n');
    expect(header).toBe('"line","reason","text"');
    expect(rejected).toEqual([
      '3,"2 fields, the header has 4","Too few,1"',
      '6,"name is missing",",1,2,XX"',
      '7,"lat is no number","No number,north,2,XX"',
      '8,"misplaced or unclosed quote","""=cmd()""x,1,2,XX"',
      `9,"name is longer than 200 characters","${'x'.repeat(201)},1,2,XX"`,
    ]);
  });

  test('rows that the database refuses are listed, the others of their statement are imported', async () => {
    await using application = await boot();
    await application.knex('item').insert({ code: 'c700' });
    const codes = Array.from({ length: 1200 }, (_, index) => `c${index === 600 ? 5 : index}`);
    const content = `code\n${codes.map((code) => `${code}\n`).join('')}`;
    const job = await application.runToEnd(await application.pushImport('item', 'items.csv', content));

    expect(job.result).toEqual({ imported: 1198, rejected: 2 });
    expect(await application.knex('item').count({ rows: '*' })).toEqual([{ rows: 1199 }]);
    const [, ...rejected] = (await application.fileText(job.id, 'rejected.csv')).trimEnd().split('\r\n');
    expect(rejected.map((line) => line.replace(/,".*",/, ','))).toEqual(['602,"c5"', '702,"c700"']);
    expect(rejected[0]).toMatch(/unique|duplicate/i);
    const { result } = await application.progressManager.act(job.id, 'download_rejected');
    expect(result).toEqual({ url: `/api/jobs/${job.id}/files/rejected.csv` });
  });

  test('JSON lines: what a row leaves out has its default, what it gives as null is null', async () => {
    await using application = await boot();
    const content =
      '{"code":"a"}\n{"code":"b","amount":null}\r\n\n{"code":"c","amount":3}\n{"code":"d","size":1}\n[1]\n{"code"';
    const job = await application.runToEnd(await application.pushImport('item', 'items.jsonl', content));
    expect(job).toMatchObject({ status: 'success', result: { imported: 3, rejected: 3 } });
    expect(await application.knex('item').orderBy('code').select('code', 'amount')).toEqual([
      { code: 'a', amount: 7 },
      { code: 'b', amount: null },
      { code: 'c', amount: 3 },
    ]);
  });
}

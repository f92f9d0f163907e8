import { everyJob } from 'progress-manager';
import { bootForTests } from 'progress-manager/testing';
import { expect, test } from 'vitest';

const modules = { some: { type: { some: { run: () => 1 } } } };
const SIX = Array.from({ length: 6 }, (_, at) => ({ name: `Some ${at}`, type: 'some' }));

test('all jobs that a filter finds come, page by page, though some of them end meanwhile', async () => {
  await using kit = await bootForTests({ modules });
  const { progressManager } = kit;
  await progressManager.pushMany(SIX, { user: { id: 'ann', isAdmin: false } });
  await progressManager.push('Another', 'some', {}, { userId: 'ben' });
  const seen: number[] = [];
  const ofAnn = { user: { id: 'ann', isAdmin: false } };
  for await (const { number } of everyJob({ status: ['new'], limit: 2 }, (page) => progressManager.find(page, ofAnn))) {
    seen.push(number);
    if (number % 2 === 0) await progressManager.cancel(number, ofAnn);
  }
  expect(seen).toEqual([6, 5, 4, 3, 2, 1]);
});

test('no page is read before it is asked for', async () => {
  const pages: unknown[] = [];
  const find = async (filter: object) => {
    pages.push(filter);
    return { list: [{ number: pages.length }], nextCursor: `0-${pages.length}` } as never;
  };
  for await (const { number } of everyJob<{ number: number }>({ type: ['some'] }, find)) if (number === 2) break;
  expect(pages).toEqual([
    { type: ['some'], limit: 200 },
    { type: ['some'], limit: 200, cursor: '0-1' },
  ]);
});

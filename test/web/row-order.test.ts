import { expect, test } from 'vitest';
import { type Arranged, RowOrder } from '../../web/panel/row-order.js';
import { jobView } from './job-view.js';

const running = (id: string) => jobView({ id });
const ended = (id: string) => jobView({ id, status: 'success' });

function ids({ unfinished, finished }: Arranged): string {
  const list = (jobs: Arranged['finished']): string => jobs.map(({ id }) => id).join('');
  return `${list(unfinished)}|${list(finished)}`;
}

test('takes the order of the server, unfinished jobs first', () => {
  expect(ids(new RowOrder().arrange([running('a'), running('b'), ended('c')], 0, false))).toBe('ab|c');
});

test('a job that has just ended stays where it was for 1.5 s', () => {
  const order = new RowOrder();
  order.arrange([running('a'), running('b')], 0, false);
  const jobs = [running('b'), ended('a')];
  expect(ids(order.arrange(jobs, 1000, false))).toBe('ab|');
  expect(order.settlesIn(1000)).toBe(1500);
  expect(ids(order.arrange(jobs, 2400, false))).toBe('ab|');
  expect(order.settlesIn(2400)).toBe(100);
  expect(ids(order.arrange(jobs, 2500, false))).toBe('b|a');
  expect(order.settlesIn(2500)).toBeUndefined();
});

test('nothing moves from under the pointer: ends stay, new ones come below', () => {
  const order = new RowOrder();
  order.arrange([running('a'), running('b'), ended('c')], 0, false);
  const jobs = [running('n'), running('b'), ended('a'), ended('c')];
  expect(ids(order.arrange(jobs, 0, true))).toBe('abn|c');
  expect(ids(order.arrange(jobs, 60_000, true))).toBe('abn|c');
  expect(ids(order.arrange(jobs, 60_001, false))).toBe('nb|ac');
});

test('the finished ones keep their places too while they are pointed at', () => {
  const order = new RowOrder();
  order.arrange([ended('a'), ended('b')], 0, false);
  expect(ids(order.arrange([ended('n'), ended('b'), ended('a')], 0, true))).toBe('|abn');
});

test('a job that is gone leaves, pointed at or not', () => {
  const order = new RowOrder();
  order.arrange([running('a'), running('b')], 0, false);
  expect(ids(order.arrange([running('b')], 0, true))).toBe('b|');
});

test('a job that had ended before it was first seen is not held above', () => {
  const order = new RowOrder();
  expect(ids(order.arrange([ended('a')], 0, true))).toBe('|a');
});

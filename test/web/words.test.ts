import { describe, expect, test } from 'vitest';
import { ago, count, left, percent, size, startOf } from '../../web/parts/words.js';
import { at, NOW } from './job-view.js';

test('numbers are grouped', () => {
  expect(count(171_075)).toBe('171,075');
});

test.each([
  [0, '0\u00a0%'],
  [48.99, '48\u00a0%'],
  [99.999, '99\u00a0%'],
  [100, '100\u00a0%'],
])('%d percent is "%s": never more than is done', (value, text) => {
  expect(percent(value)).toBe(text);
});

test.each([
  [0, '0\u00a0bytes'],
  [999, '999\u00a0bytes'],
  [1000, '1.0\u00a0kB'],
  [12_400_000, '12\u00a0MB'],
  [1_073_741_824, '1.1\u00a0GB'],
  [5_000_000_000_000, '5000\u00a0GB'],
])('%d bytes are "%s"', (bytes, text) => {
  expect(size(bytes)).toBe(text);
});

test.each([
  [5, 'just now'], // a clock that is a little ahead
  [-59, 'just now'],
  [-60, '1 min ago'],
  [-3599, '59 min ago'],
  [-3600, '1 h ago'],
  [-86_400, '1 day ago'],
  [-6 * 86_400, '6 days ago'],
  [-7 * 86_400, '25 Feb 2026'],
])('%d s from now is "%s"', (seconds, text) => {
  expect(ago(at(seconds), NOW)).toBe(text);
});

describe('how long yet', () => {
  test.each([
    [9, 'a few seconds left'],
    [42, 'about 40 s left'],
    [56, 'about 1 min left'],
    [150, 'about 3 min left'],
    [3300, 'about 1 h left'],
    [3 * 86_400, 'about 3 days left'],
  ])('%d s are "%s"', (seconds, text) => {
    expect(left(at(seconds), NOW)).toBe(text);
  });

  test('what is over, or no moment at all, says nothing', () => {
    expect(left(at(0), NOW)).toBeUndefined();
    expect(left(at(-5), NOW)).toBeUndefined();
    expect(left('soon', NOW)).toBeUndefined();
  });
});

test('a start today is a time, on another day a date too, without seconds', () => {
  expect(startOf(at(60), NOW)).toMatch(/^\d\d:\d\d$/);
  expect(startOf(at(10 * 86_400), NOW)).toMatch(/^14 Mar 2026, \d\d:\d\d$/);
});

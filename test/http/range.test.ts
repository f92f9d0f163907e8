import { expect, test } from 'vitest';
import { rangeOf } from '../../core/http/range.js';

test.for([
  ['bytes=0-0', { start: 0, end: 0 }],
  ['bytes=2-5', { start: 2, end: 5 }],
  ['bytes=7-', { start: 7, end: 9 }],
  ['bytes=7-1000', { start: 7, end: 9 }],
  ['bytes=-3', { start: 7, end: 9 }],
  ['bytes=-1000', { start: 0, end: 9 }],
  ['bytes=10-', 'outside'],
  ['bytes=10-12', 'outside'],
  ['bytes=-0', 'outside'],
  ['bytes=5-2', 'whole'],
  ['bytes=-', 'whole'],
  ['bytes=a-b', 'whole'],
  ['bytes=0-1,4-5', 'whole'],
  [`bytes=${'0-,'.repeat(10_000)}`, 'whole'],
  ['bytes=99999999999999999999-', 'whole'],
  ['bytes= 0-1', 'whole'],
  ['lines=0-1', 'whole'],
  ['', 'whole'],
  [undefined, 'whole'],
] as const)('of ten bytes, %j asks for %j', ([header, expected]) => {
  expect(rangeOf(header, 10)).toEqual(expected);
});

test('an empty file has no range to give', () => {
  expect(rangeOf('bytes=0-', 0)).toBe('outside');
  expect(rangeOf('bytes=-5', 0)).toBe('outside');
});

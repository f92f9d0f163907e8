import { expect, test } from 'vitest';
import { WriteIds } from '../../core/store/write-ids.js';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test('writes of several rows share one until they are sent', () => {
  const ids = new WriteIds();
  const first = ids.sharedFor(1);
  expect(ids.sharedFor(2)).toBe(first);
  ids.renew();
  expect(ids.sharedFor(3)).not.toEqual(first);
});

test('two writes of one row never have the same, sent together or not', () => {
  const ids = new WriteIds();
  const first = ids.sharedFor(1);
  const second = ids.sharedFor(1);
  ids.renew();
  const third = ids.sharedFor(1);
  const texts = [first, second, third, ids.next(), ids.next()].map((id) => id.toString('hex'));
  expect(new Set(texts).size).toBe(5);
});

test('no more share one than a statement has rows, though nothing is sent together', () => {
  const ids = new WriteIds();
  const all = upTo(450).map((row) => ids.sharedFor(row));
  const shares = [...new Set(all)].map((id) => all.filter((each) => each === id).length);
  expect(shares).toEqual([200, 200, 50]);
});

test('two stores never have the same, and each has 16 bytes', () => {
  const [one, other] = [new WriteIds().next(), new WriteIds().next()];
  expect(one).not.toEqual(other);
  expect([one.length, other.length]).toEqual([16, 16]);
});

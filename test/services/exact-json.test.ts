import { exactJson, isPlainObject } from 'progress-manager';
import { describe, expect, test } from 'vitest';

describe('a copy by JSON', () => {
  test('has what was given, and nothing of it', () => {
    const list = [1, 'Ж', null, true, { a: [-1.5], ['__proto__']: { b: 2 } }, Object.create(null)];
    const copy = exactJson('list', list);
    expect(copy).toEqual(list);
    expect(copy).not.toBe(list);
    expect(exactJson('__proto__', 'text')).toBe('text');
  });

  const circle: unknown[] = [];
  circle.push(circle);
  let deep: unknown = 1;
  for (let level = 0; level < 100_000; level++) deep = [deep];

  test.each<[what: string, value: unknown, message: string]>([
    ['undefined', undefined, '"price" is undefined, which could be null'],
    ['NaN within', { sum: [Number.NaN] }, '"0" is number: NaN'],
    ['a bigint', 1n, '"price" is bigint: 1'],
    ['a Date', new Date(0), '"price" is no plain object, but Date'],
    ['what has toJSON', { toJSON: () => 5 }, '"price" has symbols for keys, or a toJSON'],
    ['a list that has toJSON', Object.assign([1], { toJSON: () => [2] }), '"price" has symbols for keys, or a toJSON'],
    ['a symbol as key', { [Symbol('unit')]: 'm' }, '"price" has symbols for keys, or a toJSON'],
    ['one without a prototype', Object.assign(Object.create(null), { [Symbol('unit')]: 'm' }), 'symbols for keys'],
    ['half a character', '\udc00', '"price" is string'],
    ['what holds itself', circle, 'circular'],
    ['what is too deep', deep, 'call stack'],
  ])('is refused for %s', (_, value, message) => {
    expect(() => exactJson('price', value)).toThrow(message);
  });
});

test('an object of no class is told from lists, texts and what has a class', () => {
  for (const plain of [{}, { a: 1 }, Object.create(null)]) expect(isPlainObject(plain)).toBe(true);
  class Money {}
  for (const other of [[], new Map(), new Date(), new Money(), 'text', 5, null, undefined, () => 1])
    expect(isPlainObject(other)).toBe(false);
});

import { fieldsOf, type InvalidInputError, readFields } from 'progress-manager';
import { expect, test } from 'vitest';

const post = (body: string, type?: string) =>
  new Request('http://jobs.example/', { method: 'POST', body, headers: type ? { 'Content-Type': type } : {} });
const form = (body: string) => readFields(post(body, 'application/x-www-form-urlencoded'));

test.each([
  ['a=1&b=x%20y', { a: '1', b: 'x y' }],
  ['', {}],
  ['a=1&a=2', { a: '2' }],
  ['where[name]=x&where[size]=2', { where: { name: 'x', size: '2' } }],
  ['ids[]=4&ids[]=5', { ids: ['4', '5'] }],
  ['ids[0]=4&ids[1]=5', { ids: ['4', '5'] }],
  ['ids[1]=4', { ids: { 1: '4' } }],
  ['ids[1]=4&ids[]=5&ids[]=6', { ids: { 1: '4', 2: '5', 3: '6' } }],
  ['rows[0][a]=1&rows[1][a]=2', { rows: [{ a: '1' }, { a: '2' }] }],
  ['a=1&a[b]=2', { a: { b: '2' } }],
  ['0=x', { 0: 'x' }],
  ['[a]=1&b[=2&c]=3', { '[a]': '1', 'b[': '2', 'c]': '3' }],
])('a form is read as its names say: %s', async (body, fields) => {
  expect(await form(body)).toEqual(fields);
});

test('a body may be JSON, or nothing', async () => {
  expect(await readFields(post('{"id": 7}', 'application/json'))).toEqual({ id: 7 });
  expect(await readFields(new Request('http://jobs.example/', { method: 'POST' }))).toEqual({});
});

test('fields of a query are read likewise', () => {
  expect(fieldsOf(new URL('http://x/?id=7&a[b]=1').searchParams)).toEqual({ id: '7', a: { b: '1' } });
});

test.each([
  ['a key that reaches a prototype', '__proto__[a]=1'],
  ['one deeper in', 'a[__proto__][b]=1'],
  ['a constructor', 'a[constructor]=1'],
  ['too many', Array.from({ length: 10_001 }, (_, index) => `k${index}=1`).join('&')],
])('what is harmful is refused: %s', async (_, body) => {
  const error = await form(body).then(
    () => undefined,
    (threw: InvalidInputError) => threw,
  );
  expect(error).toMatchObject({ code: 'invalid_input', status: 400 });
  expect(({} as Record<string, unknown>).a).toBeUndefined();
});

test('a name nested deeper than any form is refused, and no key that nobody looks for', async () => {
  const name = (levels: number) => `a${'[b]'.repeat(levels - 1)}`;
  expect(JSON.stringify(await form(`${name(30)}=1`))).toContain('"b":"1"');
  for (const levels of [31, 5000])
    await expect(form(`${name(levels)}=1`)).rejects.toThrow('a: is nested deeper than 30 levels.');
});

test('what is neither JSON nor a form is refused, and what is too large', async () => {
  const other = readFields(post('a=1', 'text/plain'));
  await expect(other).rejects.toMatchObject({ status: 415 });
  await expect(other).rejects.toThrow('as "Content-Type: application/x-www-form-urlencoded" or "application/json"');
  await expect(form(`a=${'x'.repeat(1.3 * 1024 * 1024)}`)).rejects.toMatchObject({ status: 413 });
});

test('a form of as many values as may be is read, and a larger one is refused while it is', async () => {
  const values = (count: number) => Array.from({ length: count }, () => ['a[]', '1'] as const);
  expect(fieldsOf(values(9000)).a).toHaveLength(9000);
  let taken = 0;
  const endless = {
    *[Symbol.iterator]() {
      for (const pair of values(1_000_000)) {
        taken++;
        yield pair;
      }
    },
  };
  expect(() => fieldsOf(endless)).toThrow('holds more than 10000 values');
  expect(taken).toBeLessThan(10_010);
});

test('an unnamed entry comes after the greatest number so far', () => {
  const pairs = [
    ['a[7]', 'x'],
    ['a[]', 'y'],
    ['a[3]', 'z'],
    ['a[]', 'w'],
    ['a[k]', 'v'],
  ] as const;
  expect(fieldsOf(pairs)).toEqual({ a: { 3: 'z', 7: 'x', 8: 'y', 9: 'w', k: 'v' } });
});

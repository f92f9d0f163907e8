import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Field, formOf, typedValue } from '../../web/start/schema-fields.js';

const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });

function onlyField(property: object, more: object = {}): Field {
  const [field] = formOf(object({ it: property }, more))?.fields ?? [];
  if (!field) throw new Error('There is no such field.');
  return field;
}

describe('a form', () => {
  test('is made from a flat zod object as the server tells it', () => {
    const schema = z.toJSONSchema(
      z.strictObject({
        table: z.enum(['place', 'country']).meta({ title: 'Table' }),
        batch_size: z.int().min(1).max(500).default(100),
        isDry: z.boolean().optional(),
        note: z.string().max(80).optional().meta({ description: 'For the log.' }),
      }),
      { io: 'input' },
    );
    const fields = formOf(schema)?.fields ?? [];
    expect(fields.map(({ key, label, kind, isRequired }) => [key, label, kind, isRequired])).toEqual([
      ['table', 'Table', 'choice', true],
      ['batch_size', 'Batch size', 'number', false],
      ['isDry', 'Is dry', 'boolean', false],
      ['note', 'Note', 'text', false],
    ]);
    expect(fields[0]?.choices).toEqual(['place', 'country']);
    expect(fields[1]).toMatchObject({ minimum: 1, maximum: 500, step: 1, initial: 100 });
    expect(fields[3]).toMatchObject({ maxLength: 80, help: 'For the log.' });
  });

  test('has an input of its own for each format that browsers know', () => {
    const schema = z.toJSONSchema(
      z.object({
        day: z.iso.date().default('2026-01-31'),
        at: z.iso.datetime().default('2026-01-31T08:00:30Z'),
        mail: z.email(),
        page: z.url(),
        id: z.uuid(),
      }),
      { io: 'input' },
    );
    const fields = formOf(schema)?.fields ?? [];
    expect(fields.map(({ kind }) => kind)).toEqual(['date', 'date-time', 'email', 'url', 'text']);
    expect(fields[0]?.initial).toBe('2026-01-31');
    const [, at] = fields;
    expect(at?.initial).toMatch(/^2026-01-3\dT\d\d:\d\d$/);
    expect(typedValue(at as Field, String(at?.initial), false)).toBe('2026-01-31T08:00:00.000Z');
    expect(z.iso.datetime().safeParse(typedValue(at as Field, '2026-02-01T10:30', false)).success).toBe(true);
    expect(typedValue(at as Field, '', false)).toBeUndefined();
  });

  test.each(['soon', 5])('begins empty where a default is no time: %j', (initial) => {
    expect(onlyField({ type: 'string', format: 'date-time', default: initial }).initial).toBeUndefined();
  });

  test('of an object without properties has no inputs', () => {
    expect(formOf({ type: 'object' })).toEqual({ fields: [], accept: undefined });
  });

  test.each([
    [['.csv', '.jsonl'], '.csv,.jsonl'],
    ['.csv,.jsonl', '.csv,.jsonl'],
    [undefined, ''],
  ])('takes a file: x-accept %j', (accept, expected) => {
    expect(formOf(object({}, { 'x-files': 1, 'x-accept': accept }))?.accept).toBe(expected);
  });

  test.each([
    ['no schema', null],
    ['no object', { type: 'string' }],
    ['a choice between shapes', object({}, { oneOf: [] })],
    ['a list', object({ it: { type: 'array' } })],
    ['an object within', object({ it: { type: 'object' } })],
    ['an enum of more than texts and numbers', object({ it: { enum: ['a', null] } })],
    ['a property that is anything', object({ it: true })],
    ['two files', object({}, { 'x-files': 2 })],
  ])('is not made for %s', (_what, schema) => {
    expect(formOf(schema)).toBeUndefined();
  });
});

describe('what was typed', () => {
  test('has the type that the schema asks for', () => {
    expect(typedValue(onlyField({ type: 'integer' }), '42', false)).toBe(42);
    expect(typedValue(onlyField({ type: 'boolean' }), 'on', true)).toBe(true);
    expect(typedValue(onlyField({ type: 'boolean' }), 'on', false)).toBe(false);
    expect(typedValue(onlyField({ enum: [1, 2] }), '2', false)).toBe(2);
    expect(typedValue(onlyField({ type: 'string' }), ' 42 ', false)).toBe(' 42 ');
  });

  test('and is left out when it is optional and empty', () => {
    expect(typedValue(onlyField({ type: 'string' }), '', false)).toBeUndefined();
    expect(typedValue(onlyField({ type: 'number' }), '', false)).toBeUndefined();
    expect(typedValue(onlyField({ enum: ['a'] }), '', false)).toBeUndefined();
  });

  test('an empty text that is required is a text: the server judges it', () => {
    expect(typedValue(onlyField({ type: 'string' }, { required: ['it'] }), '', false)).toBe('');
  });
});

import type { TableDescription } from 'progress-manager';
import { expect, test } from 'vitest';
import { checkRequest } from '../../../modules/mass-action/services/check-request.js';
import type { MassActionRequest } from '../../../modules/mass-action/services/mass-action-data.js';

const place: TableDescription = {
  id: 'id',
  columns: {
    name: { kind: 'text', required: true },
    lat: { kind: 'number', required: true },
    country: { kind: 'text', maxLength: 2 },
    admin1: { kind: 'text' },
    reviewed: { kind: 'boolean' },
  },
};
const check = (request: Omit<MassActionRequest, 'table'>) => checkRequest(place, { table: 'place', ...request });

test.each<Omit<MassActionRequest, 'table'>>([
  { where: [] },
  { ids: [] },
  { ids: [1, 2], values: { name: 'x', lat: 1.5, reviewed: true, admin1: null } },
  { where: [{ column: 'id', op: 'in', value: [1, 2] }] },
  {
    where: [
      { column: 'country', op: '!=', value: 'FR' },
      { column: 'admin1', op: 'is not null' },
    ],
  },
])('%j can be done', (request) => {
  expect(() => check(request)).not.toThrow();
});

test.each<[Omit<MassActionRequest, 'table'>, string]>([
  [{}, 'Give either "where" (an empty list means all rows) or "ids".'],
  [{ where: [], ids: [] }, 'Give either "where"'],
  [{ ids: [1.5] }, '"ids" are whole numbers above 0.'],
  [{ ids: ['1 OR 1=1' as unknown as number] }, '"ids" are whole numbers above 0.'],
  [{ where: [{ column: 'password', op: '=', value: 'x' }] }, 'There is no column "password".'],
  [{ where: [{ column: '__proto__', op: 'is null' }] }, 'There is no column "__proto__".'],
  [{ where: [{ column: 'name', op: '=' }] }, '"name" is compared with a text.'],
  [{ where: [{ column: 'name', op: '=', value: null }] }, '"name" is compared with a text.'],
  [{ where: [{ column: 'lat', op: '<', value: '1' }] }, '"lat" is compared with a number.'],
  [{ where: [{ column: 'lat', op: 'in', value: 1 }] }, '"lat in" takes a list of values.'],
  [{ where: [{ column: 'name', op: 'is null', value: 1 }] }, '"name is null" takes no value.'],
  [{ where: [], values: {} }, 'Name at least one column in "values".'],
  [{ where: [], values: { id: 7 } }, 'There is no column "id".'],
  [{ where: [], values: { name: null } }, '"name" must have a value.'],
  [{ where: [], values: { country: 'FRA' } }, '"country" is set to a text of at most 2 characters.'],
  [{ where: [], values: { reviewed: 1 } }, '"reviewed" is set to a boolean.'],
])('%j is refused', (request, sentence) => {
  expect(() => check(request)).toThrow(sentence);
});

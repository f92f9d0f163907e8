import { expect, test } from 'vitest';
import { ok } from '../../../core/upkeep/doctor/finding.js';
import { look } from '../../../core/upkeep/doctor/look.js';

const failing = (facts: object) => () => Promise.reject(Object.assign(new Error('It failed.'), facts));

test('a check gives one finding or several', async () => {
  expect(await look('a', async () => ok('a', 'Fine.'))).toEqual([ok('a', 'Fine.')]);
  expect(await look('a', async () => [])).toEqual([]);
});

test('a check that throws, at once or later, is told under its name', async () => {
  const throwing = () => {
    throw new Error('It failed.');
  };
  for (const check of [failing({}), throwing]) {
    expect(await look('a', check)).toMatchObject([
      { name: 'a', outcome: 'warning', found: 'It could not be looked at: It failed.', remedy: expect.any(String) },
    ]);
  }
});

test('a check that does not answer is not waited for', async () => {
  const [finding] = await look('a', () => new Promise(() => undefined), 20);
  expect(finding).toMatchObject({ outcome: 'warning', found: expect.stringContaining('no answer within 0.02 s') });
});

test('what the user has no right to see is no fault', async () => {
  const [finding] = await look('a', failing({ errno: 1227 }));
  expect(finding).toMatchObject({ outcome: 'ok', found: expect.stringContaining('could not be looked at') });
});

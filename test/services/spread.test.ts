import { spread } from 'progress-manager';
import { bootForTests } from 'progress-manager/testing';
import { expect, test } from 'vitest';

const add = spread(async (_, one: number, other?: number) => ({ sum: one + (other ?? 10) }));

test('a procedure gets the entries of a list as its arguments, after the context', async () => {
  await using kit = await bootForTests({ modules: { sums: { type: { add: { run: add } } } } });
  const outcomeOf = async (data: never) => {
    const { status, result, error } = (await kit.carry(await kit.push('add', data))).job;
    return [status, result ?? error?.message];
  };
  expect(await outcomeOf([1, 2] as never)).toEqual(['success', { sum: 3 }]);
  expect(await outcomeOf([1] as never)).toEqual(['success', { sum: 11 }]);
  expect(await outcomeOf({ 0: 1 } as never)).toEqual([
    'error',
    expect.stringContaining('The data of this job is to be the list of its arguments.'),
  ]);
});

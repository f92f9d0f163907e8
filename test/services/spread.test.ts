import { defineProgressManager, spread } from 'progress-manager';
import { bootForTests } from 'progress-manager/testing';
import { expect, test } from 'vitest';

declare module 'progress-manager' {
  interface ProgressJobTypes {
    add_in_spread_test: readonly [one: number, other?: number];
  }
}

const config = defineProgressManager({
  type: {
    add: { run: spread(async (_, one: number, other?: number) => ({ sum: one + (other ?? 10) })) },
    add_in_spread_test: { run: spread(async (_, one: number, other = 1) => one + other) },
  },
});

/** What the declared data is not does not compile. */
defineProgressManager({
  type: {
    add_in_spread_test: {
      // @ts-expect-error its first argument is a number
      run: spread(async (_, one: Date) => one.getTime()),
    },
  },
});

test('a procedure gets the entries of a list as its arguments, after the context', async () => {
  await using kit = await bootForTests({ modules: { sums: config } });
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

import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Doing, TurnBatch } from '../../core/store/turn-batch.js';

/** Doubles numbers, and remembers which it was given together and which alone. */
function doubling(changes: Partial<Doing<number, number>> = {}) {
  const together: number[][] = [];
  const alone: [number, unknown][] = [];
  const batch = new TurnBatch<number, number>({
    together: async (items) => {
      together.push([...items]);
      return items.map((item) => item * 2);
    },
    alone: async (item, failure) => {
      alone.push([item, failure]);
      return item * 2;
    },
    bytesOf: () => 10,
    ...changes,
  });
  return { batch, together, alone };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test('what is asked for in one turn is done together, and each gets its own answer', async () => {
  const { batch, together, alone } = doubling();
  expect(await Promise.all([1, 2, 3].map((item) => batch.ask(item)))).toEqual([2, 4, 6]);
  expect({ together, alone }).toEqual({ together: [[1, 2, 3]], alone: [] });
});

test('who is alone in a turn goes alone', async () => {
  const { batch, together, alone } = doubling();
  expect(await batch.ask(1)).toBe(2);
  expect({ together, alone }).toEqual({ together: [], alone: [[1, undefined]] });
});

test('only what is of one kind is done together, whatever the order it was asked in', async () => {
  const { batch, together, alone } = doubling({ kindOf: (item) => item % 2 });
  expect(await Promise.all([1, 2, 3, 4, 5].map((item) => batch.ask(item)))).toEqual([2, 4, 6, 8, 10]);
  expect(together).toEqual([
    [1, 3, 5],
    [2, 4],
  ]);
  expect(alone).toEqual([]);
});

test('those that cannot be done together are done alone, and the others are not done again', async () => {
  const { batch, alone } = doubling({ together: async (items) => items.map((item) => (item === 2 ? undefined : 0)) });
  expect(await Promise.all([1, 2, 3].map((item) => batch.ask(item)))).toEqual([0, 4, 0]);
  expect(alone).toEqual([[2, undefined]]);
});

test('when all of them fail together each is done alone, and told what failed', async () => {
  const failure = new Error('It broke.');
  const { batch, alone } = doubling({
    together: async () => {
      throw failure;
    },
  });
  expect(await Promise.all([1, 2].map((item) => batch.ask(item)))).toEqual([2, 4]);
  expect(alone).toEqual([
    [1, failure],
    [2, failure],
  ]);
});

test('a batch has 200 rows and 512 kB at most, and what is larger than 64 kB goes alone', async () => {
  const many = doubling();
  await Promise.all(upTo(450).map((item) => many.batch.ask(item)));
  expect(many.together.map(({ length }) => length)).toEqual([200, 200, 50]);
  const heavy = doubling({ bytesOf: () => 60 * 1024 });
  await Promise.all(upTo(20).map((item) => heavy.batch.ask(item)));
  expect(heavy.together.map(({ length }) => length)).toEqual([8, 8, 4]);
  const large = doubling({ bytesOf: (item) => (item === 1 ? 65 * 1024 : 1) });
  await Promise.all(upTo(3).map((item) => large.batch.ask(item)));
  expect({ together: large.together, alone: large.alone }).toEqual({ together: [[0, 2]], alone: [[1, undefined]] });
});

test('while four are under way the next is gathered, over as many turns as they take', async () => {
  const opened: (() => void)[] = [];
  const sizes: number[] = [];
  const { batch } = doubling({
    together: (items) => {
      sizes.push(items.length);
      return new Promise((resolve) => opened.push(() => resolve(items)));
    },
  });
  const asked: Promise<number>[] = [];
  for (const item of upTo(6)) {
    asked.push(batch.ask(item), batch.ask(item));
    await turn();
    await turn();
  }
  expect(sizes).toEqual([2, 2, 2, 2]);
  opened[0]?.();
  await Promise.all(asked.slice(0, 2));
  await turn();
  await turn();
  expect(sizes).toEqual([2, 2, 2, 2, 4]);
  for (const open of opened) open();
  await Promise.all(asked);
});

/** Batches that end when they are told to, of a kind that parts crowds. */
function crowds() {
  const sizes: number[] = [];
  const ends: (() => void)[] = [];
  const heard: number[] = [];
  const doing: Doing<number, number> = {
    together: (items) => {
      sizes.push(items.length);
      return new Promise((resolve) => ends.push(() => resolve(items)));
    },
    alone: async (item) => item,
    bytesOf: () => 10,
  };
  const batch = new TurnBatch(doing, { partsCrowds: true });
  const ask = (count: number) => {
    for (const item of upTo(count)) void batch.ask(item).then((answer) => heard.push(answer));
  };
  return { batch, ask, sizes, ends, heard };
}

test('a crowd that asks in step becomes two, and the one is under way while the other is', async () => {
  const { batch, sizes, ends } = crowds();
  const caller = async (item: number) => {
    expect(await batch.ask(item)).toBe(item);
    expect(await batch.ask(item)).toBe(item);
  };
  const asked = Promise.all(upTo(21).map(caller));
  await turn();
  ends[0]?.();
  for (const _ of upTo(5)) await turn();
  expect(sizes).toEqual([21, 10, 11]);
  for (const end of ends) end();
  await asked;
});

test('a few who ask in step are not parted, nor is a crowd beside another', async () => {
  const { ask, ends, heard } = crowds();
  ask(15);
  await turn();
  ends[0]?.();
  await turn();
  expect(heard.splice(0)).toEqual(upTo(15));
  ask(20);
  await turn();
  ask(30);
  await turn();
  ends[1]?.();
  await turn();
  expect(heard.splice(0)).toEqual(upTo(20));
  ends[2]?.();
  await turn();
  expect(heard).toEqual(upTo(15));
});

test('a batch runs in the asynchronous context of none of those who asked', async () => {
  const context = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const { batch } = doubling({
    together: async (items) => {
      seen.push(context.getStore());
      return items;
    },
  });
  await Promise.all(['ann', 'ben'].map((who, item) => context.run(who, () => batch.ask(item))));
  expect(seen).toEqual([undefined]);
});

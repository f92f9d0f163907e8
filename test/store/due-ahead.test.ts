import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DueAhead } from '../../core/store/due-ahead.js';
import type { DueJobs } from '../../core/store/due-jobs.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** So many jobs of each type, or of one, are due, and none is ever taken from them. */
function lookingAt(due: number, ofType?: string) {
  const looks: number[] = [];
  const ahead = new DueAhead({
    candidates: async (types: readonly string[], limit: number) => {
      looks.push(limit);
      return types.flatMap((type, index) =>
        Array.from({ length: ofType === undefined || type === ofType ? Math.min(due, limit) : 0 }, (_, place) => ({
          ...{
            number: index * 10_000 + looks.length * 1000 + place,
            type,
            isLost: false,
            isJustLost: false,
            dueAt: '',
          },
        })),
      );
    },
  } as DueJobs);
  /** As a claim that wins all it chooses, or so many. */
  const claim = async (limit: number, { types = ['copy'], won = limit }: { types?: string[]; won?: number } = {}) => {
    const found = ahead.left(types, limit + 1) ?? (await ahead.look(types, limit + 1));
    const chosen = found.slice(0, limit).map(({ number }) => number);
    ahead.take(chosen);
    if (won < chosen.length) ahead.met();
    return chosen;
  };
  return { ahead, claim, looks };
}

test('claims that follow one another closely are served by one look, and no job twice', async () => {
  const { claim, looks } = lookingAt(10_000);
  const chosen: number[] = [];
  for (let each = 0; each < 10; each++) chosen.push(...(await claim(50)));
  expect(looks).toEqual([51, 500]);
  expect(new Set(chosen).size).toBe(500);
});

test('types of which nothing is due leave their share of a look to the others', async () => {
  const types = ['copy', 'move', 'print'];
  const one = lookingAt(10_000, 'move');
  for (let each = 0; each < 3; each++) await one.claim(50, { types });
  expect(one.looks).toEqual([51, 500]);
  const all = lookingAt(10_000);
  for (let each = 0; each < 4; each++) await all.claim(50, { types });
  expect(all.looks).toEqual([51, 167]);
  const many = lookingAt(10_000, 'move');
  const others = Array.from({ length: 38 }, (_, index) => `other${index}`);
  for (let each = 0; each < 2; each++) await many.claim(50, { types: ['copy', 'move', ...others] });
  expect(many.looks).toEqual([51, 125]);
});

test('a look that is 100 ms old serves nobody', async () => {
  const { claim, looks } = lookingAt(10_000);
  for (let each = 0; each < 3; each++) await claim(50);
  vi.advanceTimersByTime(99);
  await claim(50);
  expect(looks).toEqual([51, 500]);
  vi.advanceTimersByTime(1);
  await claim(50);
  expect(looks).toEqual([51, 500, 51]);
});

test('who finds no more than it asked for does not look ahead', async () => {
  const { claim, looks } = lookingAt(50);
  for (let each = 0; each < 3; each++) await claim(50);
  expect(looks).toEqual([51, 51, 51]);
});

test('who meets another claimer looks for each claim, for a second', async () => {
  const { claim, looks } = lookingAt(10_000);
  for (let each = 0; each < 2; each++) await claim(50);
  await claim(50, { won: 49 });
  for (let each = 0; each < 3; each++) await claim(50);
  expect(looks).toEqual([51, 500, 51, 51, 51]);
  vi.advanceTimersByTime(1001);
  for (let each = 0; each < 3; each++) await claim(50);
  expect(looks.slice(5)).toEqual([51, 500]);
});

test('who meets another claimer shuns what was found of other types too', async () => {
  const { claim, looks } = lookingAt(10_000);
  const types = ['copy', 'move', 'print'];
  await claim(50, { types, won: 49 });
  for (let each = 0; each < 3; each++) await claim(50, { types });
  expect(looks).toEqual([51, 51, 51, 51]);
});

test('two claims at once try different jobs, and a look that comes late is forgotten', async () => {
  const { ahead, claim, looks } = lookingAt(10_000);
  for (let each = 0; each < 2; each++) await claim(50);
  const both = await Promise.all([claim(50), claim(50)]);
  expect(new Set(both.flat()).size).toBe(100);
  expect(looks).toEqual([51, 500]);
  vi.advanceTimersByTime(100);
  const [late, newest] = await Promise.all([ahead.look(['copy'], 51), ahead.look(['copy'], 51)]);
  expect(ahead.left(['copy'], 51)).toEqual(newest);
  expect(late).not.toEqual(newest);
});

test('the types may come in another order, but must be the same', async () => {
  const { claim, looks } = lookingAt(10_000);
  await claim(50, { types: ['copy', 'move'] });
  await claim(50, { types: ['move', 'copy'] });
  expect(looks).toEqual([51]);
  await claim(50, { types: ['move'] });
  expect(looks).toEqual([51, 51]);
});

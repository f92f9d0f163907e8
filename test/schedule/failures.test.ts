import { InvalidInputError, RefusedError, StoreUnavailableError } from 'progress-manager';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Failures } from '../../core/schedule/failures.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

test('pauses between tries double up to a minute; after ten minutes each run gets one try', () => {
  const failures = new Failures();
  const pauses: number[] = [];
  while (failures.add('s', new Error('away'))) {
    expect(failures.rests('s')).toBe(true);
    pauses.push(failures.untilNext / 1000);
    vi.advanceTimersByTime(failures.untilNext);
    expect([failures.rests('s'), failures.untilNext]).toEqual([false, Number.POSITIVE_INFINITY]);
  }
  expect(pauses.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  expect(pauses.reduce((sum, pause) => sum + pause)).toBeLessThan(660);
  expect([failures.rests('s'), failures.add('s', new Error('away'))]).toEqual([false, false]);
  failures.clear('s');
  expect(failures.add('s', new Error('away'))).toBe(true);
});

test.each([
  [new InvalidInputError('data', 'is wrong.'), false],
  [new RefusedError('invalid_data', 'It does not fit.'), false],
  [new RefusedError('unknown_type', 'There is none here.'), true],
  [new StoreUnavailableError('It is away.'), true],
  ['a text', true],
])('%s is tried again: %s', (error, isTriedAgain) => {
  const failures = new Failures();
  expect(failures.add('s', error)).toBe(isTriedAgain);
  expect(failures.rests('s')).toBe(isTriedAgain);
});

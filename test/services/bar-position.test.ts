import { AbstractProgressManager, barPercent, barPosition } from 'progress-manager';
import { expect, test } from 'vitest';

test.each([
  [{}, { phases: 1, phase: 1, step: 0, max: 0 }, 0],
  [{ step: 5, max: 10 }, { phases: 1, phase: 1, step: 5, max: 10 }, 50],
  [{ phases: 4, phase: 2, step: 50, max: 100 }, { phases: 4, phase: 2, step: 50, max: 100 }, 37.5],
  [{ phases: 4, phase: 2 }, { phases: 4, phase: 2, step: 0, max: 0 }, 25],
  [{ phases: 4, phase: 9, step: 120, max: 100 }, { phases: 4, phase: 4, step: 100, max: 100 }, 100],
  [{ phases: 0, phase: -1, step: Number.NaN, max: 'x' as never }, { phases: 1, phase: 1, step: 0, max: 0 }, 0],
  [{ step: 1.9, max: 2.9 }, { phases: 1, phase: 1, step: 1, max: 2 }, 50],
])('%j is made fit', (said, position, percent) => {
  expect(barPosition(said)).toEqual(position);
  expect(barPercent(barPosition(said))).toBe(percent);
});

test('what else is said of it stays', () => {
  expect(barPosition({ step: 5, max: 2, label: 'Import' })).toEqual({
    ...{ phases: 1, phase: 1, step: 2, max: 2, label: 'Import' },
  });
});

test('a service moves its bar and its counts to a position, and the bar never back', () => {
  class Moved extends AbstractProgressManager {
    executeProgressJob(): boolean {
      return true;
    }
    to(said: object): unknown {
      this.setPosition(said);
      return [this.getProgress(), this.getCounts().processed, this.getCounts().total];
    }
  }
  const moved = new Moved();
  expect(moved.to({ phases: 4, phase: 2, step: 50, max: 100 })).toEqual([37.5, 50, 100]);
  expect(moved.to({ step: 1, max: 10 })).toEqual([37.5, 1, 10]);
});

import { AbstractProgressManager, barPercent, barPosition, barText, positionOf } from 'progress-manager';
import { expect, test } from 'vitest';

test.each([
  [{}, { phases: 1, phase: 1, step: 0, max: 0 }, 0],
  [{ step: 5, max: 10 }, { phases: 1, phase: 1, step: 5, max: 10 }, 50],
  [{ phases: 4, phase: 2, step: 50, max: 100 }, { phases: 4, phase: 2, step: 50, max: 100 }, 37.5],
  [{ phases: 4, phase: 2 }, { phases: 4, phase: 2, step: 0, max: 0 }, 25],
  [{ phases: 4, phase: 9, step: 120, max: 100 }, { phases: 4, phase: 4, step: 100, max: 100 }, 100],
  [{ phases: 0, phase: -1, step: Number.NaN, max: 'x' as never }, { phases: 1, phase: 1, step: 0, max: 0 }, 0],
  [{ phases: 3, phase: 1, step: 1, max: 10 }, { phases: 3, phase: 1, step: 1, max: 10 }, 3.33],
  [{ step: 1.9, max: 2.9 }, { phases: 1, phase: 1, step: 1, max: 2 }, 50],
])('%j is made fit', (said, position, percent) => {
  expect(barPosition(said)).toEqual(position);
  expect(barPercent(barPosition(said))).toBe(percent);
});

test.each([
  [{}, undefined],
  [{ label: '' }, undefined],
  [{ label: 'Import' }, 'Import'],
  [{ phases: 4, phase: 2 }, 'Phase 2/4'],
  [{ label: 'Phase 2/9 · x' }, 'Phase 1/1 · Phase 2/9 · x'],
  [{ label: 'Phase 2/9' }, 'Phase 1/1 · Phase 2/9'],
  [{ phases: 4, phase: 2, label: 'Phase 1/2 · of\nall' }, 'Phase 2/4 · Phase 1/2 · of\nall'],
])('%j stands beside the bar as %j, and is read from there', (said, message) => {
  const position = barPosition({ ...said, step: 5, max: 10 });
  expect(barText(position)).toBe(message);
  expect(positionOf({ message, counts: { processed: 5, total: 10, failed: 0, skipped: 0 } })).toEqual(position);
});

test('a job that said nothing of a position has none', () => {
  const counts = { processed: 5, total: undefined, failed: 0, skipped: 0 };
  expect(positionOf({ message: 'Phase 1/2', counts })).toBeUndefined();
});

test('a service moves its bar, its counts and its message to a position, and the bar never back', () => {
  class Moved extends AbstractProgressManager {
    executeProgressJob(): boolean {
      return true;
    }
    to(said: object): unknown {
      this.setPosition(said);
      const { processed, total } = this.getCounts();
      return [this.getProgress(), processed, total, this.getMessage()];
    }
  }
  const moved = new Moved();
  expect(moved.to({ phases: 4, phase: 2, step: 50, max: 100 })).toEqual([37.5, 50, 100, 'Phase 2/4']);
  expect(moved.to({ step: 1, max: 10 })).toEqual([37.5, 1, 10, undefined]);
});

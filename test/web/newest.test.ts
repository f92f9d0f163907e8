import { expect, test } from 'vitest';
import { newerOf, newestOf } from '../../web/client/newest.js';
import { at, jobView } from './job-view.js';

test('an answer that was overtaken changes nothing', () => {
  const known = jobView({ modifiedAt: at(-1), progress: 60 });
  const late = jobView({ modifiedAt: at(-2), progress: 50 });
  expect(newerOf(known, late)).toBe(known);
});

test('a bar does not go back within an attempt', () => {
  const known = jobView({ progress: 60, processed: 600 });
  const corrected = jobView({ modifiedAt: at(0), progress: 55, processed: 550, message: 'Slower' });
  expect(newerOf(known, corrected)).toMatchObject({ progress: 60, processed: 600, message: 'Slower' });
});

test('a new attempt begins anew, and an answer about the last one is late', () => {
  const before = jobView({ progress: 60 });
  const again = jobView({ progress: 0, attempt: 2, modifiedAt: at(-30) });
  expect(newerOf(before, again)).toBe(again);
  expect(newerOf(again, before)).toBe(again);
});

test('an end is taken as it is told', () => {
  const failed = jobView({ status: 'error', progress: 55, modifiedAt: at(0) });
  expect(newerOf(jobView({ progress: 60 }), failed)).toBe(failed);
});

test('a page has just the jobs of the answer, each in its latest view', () => {
  const known = [jobView({ id: 'gone' }), jobView({ id: 'a', progress: 60 })];
  const answered = [jobView({ id: 'new' }), jobView({ id: 'a', modifiedAt: at(-9), progress: 40 })];
  expect(newestOf(known, answered).map(({ id, progress }) => [id, progress])).toEqual([
    ['new', 48.2],
    ['a', 60],
  ]);
});

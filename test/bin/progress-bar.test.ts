import { expect, test } from 'vitest';
import { countsOf, progressBar, progressLine } from '../../bin/progress-bar.js';
import type { JobView } from '../../core/http/job-view.js';

const JOB = {
  name: 'Import of places',
  status: { key: 'in_progress', translate: 'In progress' },
  progress: 48.2,
  processed: 82_116,
  total: 171_075,
  counts: { ok: 82_113, failed: 3, skipped: 0 },
  message: 'Reading row 82,116',
  error: null,
} as JobView;

test.each([
  [0, '░░░░░░░░░░   0 %'],
  [48.2, '████░░░░░░  48 %'],
  [99.99, '█████████░  99 %'],
  [100, '██████████ 100 %'],
])('%d is drawn without promising more than there is', (progress, bar) => {
  expect(progressBar({ progress }, 10)).toBe(bar);
});

test('one line says how the job stands', () => {
  expect(progressLine(JOB, 200)).toContain(
    '48 %  Import of places · In progress · 82,116 of 171,075, 3 failed · Reading row 82,116',
  );
  expect(progressLine(JOB, 40)).toHaveLength(40);
});

test('a failure takes the place of the message', () => {
  const failed = { ...JOB, error: { code: 'failed', message: 'the disk is full' } };
  expect(progressLine(failed, 200)).toMatch(/the disk is full$/);
});

test('counts are said as far as they are known', () => {
  const none = { ok: 0, failed: 0, skipped: 0 };
  expect(countsOf({ processed: 0, total: null, counts: none })).toBe('');
  expect(countsOf({ processed: 1500, total: null, counts: { ...none, skipped: 2 } })).toBe('1,500, 2 skipped');
});

import { expect, test } from 'vitest';
import { countsOf, progressBar, progressLine } from '../../bin/progress-bar.js';
import { timeLeft } from '../../bin/time-left.js';
import type { JobView } from '../../core/http/job-view.js';

const JOB = {
  name: 'Import of places',
  status: { key: 'in_progress', translate: 'In progress' },
  progress: 48.2,
  processed: 82_116,
  total: 171_075,
  counts: { ok: 82_113, failed: 3, skipped: 0 },
  phase: null,
  eta: null,
  message: 'Reading row 82,116',
  error: null,
} as JobView;

test.each([
  [0, '░░░░░░░░░░   0 %'],
  [48.2, '████░░░░░░  48 %'],
  [99.99, '█████████░  99 %'],
  [100, '██████████ 100 %'],
])('%d is drawn without promising more than there is', (progress, bar) => {
  expect(progressBar({ ...JOB, progress }, 10)).toBe(bar);
});

test('one line says how the job stands', () => {
  expect(progressLine(JOB, 200)).toContain(
    '48 %  Import of places · In progress · 82,116 of 171,075, 3 failed · Reading row 82,116',
  );
  expect(progressLine(JOB, 40)).toHaveLength(40);
});

test('no percent is made up while neither a total nor a percent is known', () => {
  const job = { ...JOB, progress: 0, total: null };
  expect(progressBar(job, 10)).toBe('▒▒▒▒▒▒▒▒▒▒   …  ');
  expect(progressBar(job, 10)).toHaveLength(progressBar(JOB, 10).length);
  expect(progressBar({ ...job, progress: 0.5 }, 10)).toMatch(/^░{10} +0 %$/u);
  expect(progressBar({ ...job, status: { key: 'new', translate: 'New' } }, 10)).toMatch(/^░{10} +0 %$/u);
});

test('the line says the phase and how long it takes yet', () => {
  const job = { ...JOB, phase: { index: 2, of: 4, name: 'Check' }, eta: '2026-01-01T00:03:10.000Z' };
  expect(progressLine(job, 200, Date.parse('2026-01-01T00:00:00.000Z'))).toContain(
    'In progress · Check (2 of 4) · 82,116 of 171,075, 3 failed · about 3 min left · Reading row 82,116',
  );
});

test.each([
  [-1, ''],
  [0, ''],
  [3, 'a few seconds left'],
  [42, 'about 40 s left'],
  [58, 'about 1 min left'],
  [190, 'about 3 min left'],
  [3600, 'about 1 h left'],
  [90_000, 'about 25 h left'],
  [3 * 86_400, 'about 3 days left'],
])('%d s from the end it says "%s"', (seconds, words) => {
  const now = Date.parse('2026-01-01T00:00:00.000Z');
  expect(timeLeft({ eta: new Date(now + seconds * 1000).toISOString() }, now)).toBe(words);
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

import { describe, expect, test } from 'vitest';
import type { JobView } from '../../web/client/job.js';
import { actionsOf, asksFirst, barOf, factsOf, hasResult, messageOf, toneOf } from '../../web/panel/job-facts.js';
import { at, CANCEL, CLOSE, jobView, NOW } from './job-view.js';

const sentence = (job: JobView): string =>
  factsOf(job, NOW)
    .map(({ text }) => text)
    .join(' · ');

describe('the muted line', () => {
  test('says how many of how many, what failed, and how long yet', () => {
    const job = jobView({ counts: { ok: 82_110, failed: 3, skipped: 3 }, eta: at(42) });
    expect(sentence(job)).toBe('82,116 of 171,075 · 3 failed · 3 skipped · about 40 s left');
    expect(factsOf(job, NOW).filter(({ isBad }) => isBad)).toEqual([{ text: '3 failed', isBad: true }]);
  });

  test('says the phase first', () => {
    expect(sentence(jobView({ phase: { index: 2, of: 4, name: 'Check' } }))).toBe('Check · 82,116 of 171,075');
  });

  test('says "processed" while the total is not known, and at the end', () => {
    const counts = { ok: 82_113, failed: 3, skipped: 0 };
    expect(sentence(jobView({ total: null, counts }))).toBe('82,116 processed · 3 failed');
    expect(sentence(jobView({ status: 'success', total: 82_116, counts }))).toBe('82,116 processed · 3 failed');
  });

  test('keeps the total of a job that ended before it', () => {
    expect(sentence(jobView({ status: 'cancelled' }))).toBe('82,116 of 171,075');
  });

  test('is not empty while a running job has counted nothing', () => {
    expect(sentence(jobView({ processed: 0, total: null, startedAt: at(-120) }))).toBe('Started 2 min ago');
  });

  test('says what a new job waits for', () => {
    expect(sentence(jobView({ status: 'new' }))).toBe('Waiting for a free worker');
    expect(sentence(jobView({ status: 'new', runAt: at(-5) }))).toBe('Waiting for a free worker');
    expect(sentence(jobView({ status: 'new', runAt: at(3600) }))).toMatch(/^Starts \d\d:\d\d$/);
  });
});

describe('the bar', () => {
  test('tells how far, in numbers and in words', () => {
    expect(barOf(jobView())).toEqual({ value: 48.2, tone: 'running', text: '48\u00a0%, 82,116 of 171,075' });
  });

  test('has no value while neither a total nor a progress is known', () => {
    const job = jobView({ progress: 0, total: null });
    expect(barOf(job)).toEqual({ value: undefined, tone: 'running', text: '82,116 processed' });
    expect(barOf({ ...job, progress: 1 }).value).toBe(1);
  });

  test('of a job that has added others has a value, and its line says how they stand', () => {
    const job = jobView({
      processed: 0,
      progress: 0,
      total: null,
      children: { total: 40, ended: 12, failed: 2, cancelled: 1 },
    });
    expect(barOf(job).value).toBe(0);
    expect(sentence(job)).toBe('12 of 40 jobs ended · 2 of them failed · 1 of them cancelled');
    expect(sentence({ ...job, status: { key: 'success', translate: '' } })).not.toContain('ended');
  });

  test('is full at success and stays within its ends', () => {
    expect(barOf(jobView({ status: 'success', progress: 0 })).value).toBe(100);
    expect(barOf(jobView({ progress: 120 })).value).toBe(100);
    expect(barOf(jobView({ progress: -1 })).value).toBe(0);
  });

  test('is grey for a status that a later server may bring', () => {
    expect(toneOf({ ...jobView(), status: { key: 'asleep' as 'new', translate: 'Asleep' } })).toBe('rest');
  });
});

describe('the message', () => {
  test('is shown where it says something', () => {
    expect(messageOf(jobView({ message: ' Reading row 82,116 ' }))).toBe('Reading row 82,116');
  });

  test.each(['', '  ', 'Import of places', 'in_progress'])('"%s" adds nothing', (message) => {
    expect(messageOf(jobView({ message }))).toBeUndefined();
  });

  test('is not the error once more', () => {
    const job = jobView({ status: 'error', message: 'Too bad', error: { code: 'failed', message: 'Too bad' } });
    expect(messageOf(job)).toBeUndefined();
  });
});

describe('the actions', () => {
  const download = { type: 'download_export_file', label: 'Download', data: { url: '/api/jobs/a/files/a.csv' } };

  test('of a running job: Cancel is the main one', () => {
    const press = { type: 'press', label: 'Press', data: {} };
    expect(actionsOf(jobView({ actions: [press, CANCEL] }))).toEqual({ main: CANCEL, rest: [press] });
  });

  test('of a success: its result is the main one, Close goes into the menu', () => {
    const job = jobView({ status: 'success', actions: [CLOSE, download] });
    expect(actionsOf(job)).toEqual({ main: download, rest: [CLOSE] });
    expect(hasResult(job)).toBe(true);
  });

  test('what has nothing to give is not shown', () => {
    const rejected = { type: 'download_rejected', label: 'Download rejected rows', data: { isEmpty: true } };
    const job = jobView({ status: 'success', actions: [CLOSE, rejected] });
    expect(actionsOf(job)).toEqual({ main: CLOSE, rest: [] });
    expect(hasResult(job)).toBe(false);
  });

  test('may be none', () => {
    expect(actionsOf(jobView({ actions: [] }))).toEqual({ main: undefined, rest: [] });
  });

  test('only what ends a job is asked about twice', () => {
    expect([CANCEL, CLOSE, download].map(asksFirst)).toEqual([true, false, false]);
  });
});

import { expect, test } from 'vitest';
import { Pace } from '../services/pace.js';

test('one call a second is never refused, also when some come a little early', () => {
  let now = 0;
  const pace = new Pace(1, () => now);
  for (let second = 0; second < 3600; second++) {
    now = second * 1000 + (second % 3) * 150 - (second % 2) * 120;
    expect(pace.wait('ann', 'getstatus')).toBe(0);
  }
});

test('two calls a second are refused every other time, once what may come at once has come', () => {
  let now = 0;
  const pace = new Pace(1, () => now);
  const refused = Array.from({ length: 200 }, () => {
    now += 500;
    return pace.wait('ann', 'getstatus') > 0;
  });
  const late = refused.slice(100).filter(Boolean).length;
  expect(late).toBe(50);
});

test('a refused call says how long it is until the next', () => {
  let now = 0;
  const pace = new Pace(2, () => now);
  for (let calls = 0; calls < 5; calls++) expect(pace.wait('ann', 'x')).toBe(0);
  expect(pace.wait('ann', 'x')).toBe(0.5);
  now = 250;
  expect(pace.wait('ann', 'x')).toBe(0.25);
  now = 500;
  expect(pace.wait('ann', 'x')).toBe(0);
});

test('callers who have gone are forgotten, and those who are here are not', () => {
  let now = 0;
  const pace = new Pace(1, () => now);
  for (let calls = 0; calls < 5; calls++) pace.wait('ann', 'x');
  now = 1000;
  for (let caller = 0; caller < 10_500; caller++) pace.wait(`caller ${caller}`, 'x');
  expect(pace.wait('ann', 'x')).toBe(0);
  expect(pace.wait('ann', 'x')).toBe(1);
});

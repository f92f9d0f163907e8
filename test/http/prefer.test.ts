import { expect, test } from 'vitest';
import { secondsToWait } from '../../core/http/prefer.js';

test.each([
  ['wait=5', 5],
  ['WAIT = 5', 5],
  ['wait="5"', 5],
  ['respond-async, wait=20', 20],
  ['respond-async; foo="a, b"; bar, wait=20;x=1', 20],
  ['wait=3, wait=9', 3],
  ['wait=30', 30],
  ['wait=31', 30],
  ['wait=999999', 30],
  ['wait=0', 0],
] as const)('%s asks for %i s', (prefer, seconds) => expect(secondsToWait(prefer)).toBe(seconds));

test.each([
  undefined,
  '',
  'wait',
  'wait=',
  'wait=x',
  'wait=-1',
  'wait=1e9',
  'wait=1.5',
  'await=5',
  'wait-for=5',
  'handling=lenient; wait=5',
  'foo="a, wait=5"',
  'foo="a\\", wait=5"',
  'foo="unclosed, wait=5',
  'wait=9999999',
  ',,,',
  '=5',
])('%s asks for none', (prefer) => expect(secondsToWait(prefer)).toBe(0));

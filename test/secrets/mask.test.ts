import { describe, expect, test } from 'vitest';
import { describeError, LONGEST_TEXT } from '../../core/contracts/describe-error.js';
import { LogMasks } from '../../core/secrets/log-masks.js';
import { Mask } from '../../core/secrets/mask.js';

const CANARY = 'ca"na/ry 5f1d';
const mask = new Mask([CANARY]);

describe('a mask', () => {
  test.each([
    ['itself', CANARY],
    ['in JSON', JSON.stringify({ token: CANARY })],
    ['in an address', `https://x.example/?token=${encodeURIComponent(CANARY)}`],
    ['in base64', Buffer.from(CANARY).toString('base64')],
    ['in base64 for addresses', Buffer.from(CANARY).toString('base64url')],
  ])('finds the secret as %s', (_, text) => {
    const hidden = mask.hide(`before ${text} after`);
    expect(hidden).toMatch(/^before .*\[secret\].* after$/);
    expect(hidden).not.toContain('5f1d');
    expect(hidden).not.toContain(text);
  });

  test('leaves JSON that can be read, whatever the secret is', () => {
    const odd = new Mask(['":{"']);
    expect(JSON.parse(odd.hideInJson('{"a":{"b":"x\\":{\\"y"}}'))).toEqual({ a: { b: 'x[secret]y' } });
  });

  test('finds the longer of two secrets of which one is a part of the other', () => {
    expect(new Mask(['abcd', 'abcdefgh']).hide('abcdefgh abcd')).toBe('[secret] [secret]');
  });

  test('hides before a long text is cut, so that no half of a secret is left', () => {
    const text = `${'x'.repeat(LONGEST_TEXT - 8)}${CANARY}`;
    expect(describeError(new Error(text), mask.hide)).not.toContain(CANARY.slice(0, 4));
  });
});

test('the log of a process hides the secrets of its running jobs, in errors and in depth too', () => {
  const lines: string[] = [];
  const keep = (fields: object, message: string) => void lines.push(JSON.stringify({ fields, message }));
  const masks = new LogMasks();
  const logger = masks.over({ debug: keep, info: keep, warn: keep, error: keep });
  masks.add(mask);
  const at = new Date(0);
  logger.warn(
    { error: new Error(`no ${CANARY}`), deep: [{ [CANARY]: CANARY }], at, none: undefined },
    `said ${CANARY}`,
  );
  expect(lines.join()).not.toContain('5f1d');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    message: 'said [secret]',
    fields: { error: { message: 'no [secret]' }, deep: [{ '[secret]': '[secret]' }], at: at.toISOString() },
  });
});

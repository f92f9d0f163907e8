import { expect, test } from 'vitest';
import { SignInCodes } from '../../core/http/sign-in-codes.js';

const MINUTE = 60_000;
const ann = { id: 'ann', isAdmin: false };
const root = { id: 'root', isAdmin: true };

test('a code signs in the user it was issued for, once', () => {
  const codes = new SignInCodes();
  const ofAnn = codes.issue(ann);
  const ofRoot = codes.issue(root);
  expect(codes.redeem(ofAnn)).toEqual(ann);
  expect(codes.redeem(ofAnn)).toBeUndefined();
  expect(codes.redeem(ofRoot)).toEqual(root);
});

test('a code is good for 10 minutes', () => {
  let now = 0;
  const codes = new SignInCodes(() => now);
  const early = codes.issue(ann);
  const late = codes.issue(ann);
  now = 10 * MINUTE - 1;
  expect(codes.redeem(early)).toEqual(ann);
  now = 10 * MINUTE;
  expect(codes.redeem(late)).toBeUndefined();
});

test('a wrong code signs nobody in and uses nothing up', () => {
  const codes = new SignInCodes();
  const code = codes.issue(ann);
  for (const wrong of ['', code.slice(1), `${code} `, code.toUpperCase(), '\0', '💥'])
    expect(codes.redeem(wrong)).toBeUndefined();
  expect(codes.redeem(code)).toEqual(ann);
});

test('codes fit into the fragment of an address and are not alike', () => {
  const codes = new SignInCodes();
  const issued = Array.from({ length: 100 }, () => codes.issue(ann));
  expect(new Set(issued).size).toBe(100);
  for (const code of issued) expect(code).toMatch(/^[\w-]{43}$/);
});

import { expect, test } from 'vitest';
import { lackFor } from '../../core/contracts/abilities.js';

const abilities = { versions: new Map([['report', 2]]), keyIds: ['k1'] };

test.each([
  [{ type: 'report', version: 2, secretKey: 'k1' }, undefined],
  [{ type: 'report', version: 1, secretKey: undefined }, undefined],
  [{ type: 'letters', version: 1, secretKey: undefined }, undefined],
  [
    { type: 'report', version: 3, secretKey: undefined },
    'It waits for a worker that has version 3 of the type "report"; this one has version 2.',
  ],
  [
    { type: 'letters', version: 2, secretKey: undefined },
    'It waits for a worker that has version 2 of the type "letters"; this one has version 1.',
  ],
  [
    { type: 'report', version: 2, secretKey: 'k2' },
    'It waits for a worker that has the key "k2" of its secrets in PM_SECRET_KEY.',
  ],
])('%o: what a worker lacks for a job is said in a sentence', (job, said) => {
  expect(lackFor(job, abilities)).toBe(said);
});

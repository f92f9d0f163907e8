import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { SealedSecrets } from '../../core/contracts/secret.js';
import { SecretKeys } from '../../core/secrets/secret-keys.js';

const keyOf = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [OLD, NEW] = [keyOf('old'), keyOf('new')];
const [JOB, OTHER] = ['01a20027-459d-7768-a675-51592b64b450', '01a20027-459d-7768-a675-51592b64b451'];

test('what was sealed opens for its job, and is not the same twice', () => {
  const keys = new SecretKeys([NEW]);
  const secrets = { token: 'canary', password: 'käse 💥' };
  const sealed = keys.seal(JOB, secrets);
  expect(sealed.keyId).toBe('new');
  expect(keys.open(JOB, sealed)).toEqual(secrets);
  expect(keys.seal(JOB, secrets).values.token).not.toBe(sealed.values.token);
  expect(JSON.stringify(sealed)).not.toContain('canary');
});

test('the first key seals, all of them open', () => {
  const before = new SecretKeys([OLD]).seal(JOB, { token: 'canary' });
  const keys = new SecretKeys([NEW, OLD]);
  expect(keys.open(JOB, before)).toEqual({ token: 'canary' });
  expect(keys.seal(JOB, { token: 'canary' }).keyId).toBe('new');
  expect(() => new SecretKeys([NEW]).open(JOB, before)).toThrow('the key "old", which is not among the keys here');
});

test.each<[string, (sealed: SealedSecrets) => readonly [string, SealedSecrets]]>([
  ['another job', (sealed) => [OTHER, sealed]],
  ['another field', ({ keyId, values: { token = '' } }) => [JOB, { keyId, values: { password: token } }]],
  ['a byte changed', ({ keyId, values: { token = '' } }) => [JOB, { keyId, values: { token: flipped(token) } }]],
  ['cut short', ({ keyId }) => [JOB, { keyId, values: { token: 'AAAA' } }]],
])('%s does not open, and says nothing of the value', (_, change) => {
  const keys = new SecretKeys([NEW]);
  const [job, sealed] = change(keys.seal(JOB, { token: 'canary' }));
  expect(() => keys.open(job, sealed)).toThrow(expect.objectContaining({ code: 'secret_unreadable' }));
});

test('another key under the same id does not open', () => {
  const sealed = new SecretKeys([NEW]).seal(JOB, { token: 'canary' });
  expect(() => new SecretKeys([keyOf('new')]).open(JOB, sealed)).toThrow(/another key of the id "new"/);
});

test('what is no list of keys is told, and not repeated', () => {
  for (const keys of [NEW, [NEW.slice(0, -4)], [NEW, NEW]]) {
    expect(() => new SecretKeys(keys as string[])).toThrow(/^secretKeys: /);
    expect(() => new SecretKeys(keys as string[])).not.toThrow(NEW.slice(4, 20));
  }
});

test('without a key nothing is sealed, and it says what to do', () => {
  expect(() => new SecretKeys().seal(JOB, { token: 'canary' })).toThrow(/Set PM_SECRET_KEY.*openssl rand -base64 32/);
});

function flipped(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.toString('base64');
}

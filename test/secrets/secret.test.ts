import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { Secret } from 'progress-manager';
import { expect, test } from 'vitest';

const CANARY = 'canary-5f1d';
const secret = new Secret(CANARY);

test('a secret gives its value only to who asks for it', () => {
  expect(secret.reveal()).toBe(CANARY);
});

test.each([
  ['String()', () => String(secret)],
  ['a template', () => `${secret}`],
  ['concatenation', () => ['', secret].join('')],
  ['JSON.stringify', () => JSON.stringify({ secret })],
  ['util.inspect', () => inspect({ secret }, { depth: 9, showHidden: true })],
  ['util.inspect without its own word', () => inspect(secret, { customInspect: false, showHidden: true })],
  ['structuredClone', () => inspect(structuredClone(secret))],
  ['a message to another process', () => inspect(deserialize(serialize(secret)))],
  ['a spread', () => inspect({ ...secret })],
])('a secret prints as [secret] in %s', (_, print) => {
  expect(print()).toContain('[secret]');
  expect(print()).not.toContain(CANARY);
});

test('a secret prints as [secret] on the console', () => {
  const lines: string[] = [];
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  new Console(stdout).log(secret, { secret }, '%s %o %j', secret);
  expect(lines.join('')).not.toContain(CANARY);
  expect(lines.join('')).toContain('[secret]');
});

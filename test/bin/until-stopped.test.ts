import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { untilStopped } from '../../bin/until-stopped.js';

function makeHost() {
  const signals = new EventEmitter();
  const exits: number[] = [];
  return { signals, exits, exit: (code: number) => void exits.push(code) };
}

test.each(['SIGINT', 'SIGTERM'])('%s stops; 0 when all ended in time', async (name) => {
  const host = makeHost();
  const ended = untilStopped({ stop: async () => true }, host);
  host.signals.emit(name);
  expect(await ended).toBe(0);
  expect(host.exits).toEqual([]);
});

test('1 when something had to be cut', async () => {
  const host = makeHost();
  const ended = untilStopped({ stop: async () => false }, host);
  host.signals.emit('SIGTERM');
  expect(await ended).toBe(1);
});

test('a second signal does not wait any longer', async () => {
  const host = makeHost();
  void untilStopped({ stop: () => new Promise(() => undefined) }, host);
  host.signals.emit('SIGINT');
  await sleep(150);
  host.signals.emit('SIGINT');
  expect(host.exits).toEqual([1]);
});

test('one Ctrl-C that arrives twice, from the terminal and from npm, is one', async () => {
  const host = makeHost();
  const ended = untilStopped({ stop: async () => true }, host);
  host.signals.emit('SIGINT');
  host.signals.emit('SIGINT');
  expect(await ended).toBe(0);
  expect(host.exits).toEqual([]);
});

test('the end of the work is a reason to stop, its failure is thrown on, and no listener stays', async () => {
  const host = makeHost();
  expect(await untilStopped({ stop: async () => true, work: Promise.resolve() }, host)).toBe(0);
  const failing = untilStopped({ stop: async () => true, work: Promise.reject(new Error('no places')) }, host);
  await expect(failing).rejects.toThrow('no places');
  expect(host.signals.eventNames()).toEqual([]);
});

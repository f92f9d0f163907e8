import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { hearSignal, untilStopped } from '../../bin/until-stopped.js';

function makeHost() {
  const signals = new EventEmitter();
  const exits: number[] = [];
  return { signals, exits, exit: (code: number) => void exits.push(code) };
}

test.each(['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'])('%s stops; 0 when all ended in time', async (name) => {
  const host = makeHost();
  const ended = untilStopped(hearSignal(host), { stop: async () => true });
  host.signals.emit(name);
  expect(await ended).toBe(0);
  expect(host.exits).toEqual([]);
});

test('1 when something had to be cut', async () => {
  const host = makeHost();
  const ended = untilStopped(hearSignal(host), { stop: async () => false });
  host.signals.emit('SIGTERM');
  expect(await ended).toBe(1);
});

test.each([
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', 'SIGQUIT'],
  ['SIGHUP', 'SIGTERM'],
])('a second signal does not wait any longer: %s, then %s', async (first, second) => {
  const host = makeHost();
  void untilStopped(hearSignal(host), { stop: () => new Promise(() => undefined) });
  host.signals.emit(first);
  await sleep(150);
  host.signals.emit(second);
  expect(host.exits).toEqual([1]);
});

test('one Ctrl-C that arrives twice, from the terminal and from npm, is one', async () => {
  const host = makeHost();
  const ended = untilStopped(hearSignal(host), { stop: async () => true });
  host.signals.emit('SIGINT');
  host.signals.emit('SIGINT');
  expect(await ended).toBe(0);
  expect(host.exits).toEqual([]);
});

test('the end of the work is a reason to stop, its failure is thrown on, and no listener stays', async () => {
  const host = makeHost();
  const stop = async () => true;
  {
    using signal = hearSignal(host);
    expect(await untilStopped(signal, { stop, work: Promise.resolve() })).toBe(0);
    const failing = untilStopped(signal, { stop, work: Promise.reject(new Error('no places')) });
    await expect(failing).rejects.toThrow('no places');
  }
  expect(host.signals.eventNames()).toEqual([]);
});

test('a signal that comes before there is anything to stop is not lost', async () => {
  const host = makeHost();
  using signal = hearSignal(host);
  expect(signal.isHeard).toBe(false);
  host.signals.emit('SIGTERM');
  expect(signal.isHeard).toBe(true);
  expect(await untilStopped(signal, { stop: async () => true })).toBe(0);
});

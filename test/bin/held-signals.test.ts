import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { holdSignals, STOP_SIGNALS } from '../../bin/held-signals.js';
import { CommandProcess } from '../support/command-process.js';
import { commandLineForTests } from './run-for-tests.js';

const PROGRAM = fileURLToPath(new URL('../../bin/progress-manager.ts', import.meta.url));
const preload = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;

/** When the process sends itself a signal: as soon as it listens for the last of them, its core not yet loaded … */
const WHEN_HELD = preload(`
  process.on('newListener', function sendOne(name) {
    if (name !== '${STOP_SIGNALS.at(-1)}') return;
    process.off('newListener', sendOne);
    console.error('core loaded:', typeof Reflect.getMetadata === 'function');
    queueMicrotask(() => process.kill(process.pid, 'SIGTERM'));
  });
`);
/** … and in the middle of what is evaluated without a turn of the event loop, so that nobody is told of it before its end. */
const WHEN_EVALUATED = preload(`
  const define = Object.defineProperty;
  Object.defineProperty = (object, key, value) => {
    if (object === Reflect && key === 'getMetadata') {
      Object.defineProperty = define;
      process.kill(process.pid, 'SIGTERM');
    }
    return define(object, key, value);
  };
`);

function makeHost() {
  const signals = new EventEmitter();
  const sent: string[] = [];
  const exits: number[] = [];
  const exit = (code: number) => void exits.push(code);
  return { signals, sent, exits, exit, send: (signal: string) => void sent.push(signal) };
}

test.each(STOP_SIGNALS)('%s is held until it is let go, and nobody listens from then on', (name) => {
  const host = makeHost();
  const letGo = holdSignals(host);
  host.signals.emit(name, name);
  expect(host.sent).toEqual([]);
  letGo();
  expect(host.sent).toEqual([name]);
  expect(host.signals.eventNames()).toEqual([]);
});

test('several that come at once are sent as one, the first; none, where none came', () => {
  const host = makeHost();
  const letGo = holdSignals(host);
  for (const name of ['SIGTERM', 'SIGINT', 'SIGTERM']) host.signals.emit(name, name);
  letGo();
  expect(host.sent).toEqual(['SIGTERM']);
  holdSignals(host)();
  expect(host.sent).toEqual(['SIGTERM']);
  expect(host.exits).toEqual([]);
});

test('what somebody else has heard is not sent anew', () => {
  const host = makeHost();
  const letGo = holdSignals(host);
  host.signals.on('SIGTERM', () => undefined);
  host.signals.emit('SIGTERM', 'SIGTERM');
  letGo();
  expect(host.sent).toEqual([]);
});

test('a second one does not wait until the program has loaded', async () => {
  const host = makeHost();
  holdSignals(host);
  host.signals.emit('SIGINT', 'SIGINT');
  await sleep(150);
  host.signals.emit('SIGTERM', 'SIGTERM');
  expect(host.exits).toEqual([1]);
});

async function signalled(command: string, when: string) {
  await using line = await commandLineForTests();
  const node = ['--import', 'tsx', '--conditions=progress-manager-source', '--import', when, PROGRAM];
  await using program = new CommandProcess(node, [command], line.env);
  return { ...(await program.ended), said: program.said };
}

test.each([
  ['before its program is loaded', WHEN_HELD, 'core loaded: false\n'],
  ['while its program is evaluated', WHEN_EVALUATED, ''],
])('a worker that is stopped %s ends with 0, and has begun nothing', async (_, when, saidBefore) => {
  const { said, ...ended } = await signalled('work', when);
  expect(said).toContain(`${saidBefore}Stopping: `);
  expect(said).not.toContain('Working.');
  expect(ended).toEqual({ code: 0, signal: null });
});

test.each([
  ['before its program is loaded', WHEN_HELD],
  ['while its program is evaluated', WHEN_EVALUATED],
])('a command that does not wait ends by a signal %s, as any program does', async (_, when) => {
  expect(await signalled('migrate', when)).toMatchObject({ code: null, signal: 'SIGTERM' });
});

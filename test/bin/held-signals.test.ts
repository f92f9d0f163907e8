import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { holdSignals, STOP_SIGNALS } from '../../bin/held-signals.js';
import { CommandProcess } from '../support/command-process.js';
import { commandLineForTests } from './run-for-tests.js';

const PROGRAM = fileURLToPath(new URL('../../bin/progress-manager.ts', import.meta.url));
/** Sends the process a signal as soon as it listens for them all, and says whether its core is loaded by then. */
const SIGNAL_ONCE_HEARD = `data:text/javascript,${encodeURIComponent(`
  process.on('newListener', function sendOne(name) {
    if (name !== 'SIGHUP') return;
    process.off('newListener', sendOne);
    console.error('core loaded:', typeof Reflect.getMetadata === 'function');
    process.kill(process.pid, 'SIGTERM');
  });
`)}`;

function makeHost() {
  const signals = new EventEmitter();
  const sent: string[] = [];
  return { signals, sent, send: (signal: string) => void sent.push(signal) };
}

test.each(STOP_SIGNALS)('%s is kept until it is let go, and nobody listens from then on', (name) => {
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
});

async function signalledAtOnce(command: string) {
  await using line = await commandLineForTests();
  const node = ['--import', 'tsx', '--conditions=progress-manager-source', '--import', SIGNAL_ONCE_HEARD, PROGRAM];
  await using program = new CommandProcess(node, [command], line.env as NodeJS.ProcessEnv);
  return { ...(await program.ended), said: program.said };
}

test('a worker that is stopped before its program is loaded ends with 0', async () => {
  const { said, ...ended } = await signalledAtOnce('work');
  expect(said).toContain('core loaded: false');
  expect(said).toContain('Stopping: ');
  expect(said).not.toContain('Working.');
  expect(ended).toEqual({ code: 0, signal: null });
});

test('a command that does not wait ends by the signal, as any program does', async () => {
  expect(await signalledAtOnce('migrate')).toMatchObject({ code: null, signal: 'SIGTERM' });
});

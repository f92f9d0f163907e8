import type { EventEmitter } from 'node:events';

/** The process, or what stands for it in a test. */
export interface HoldingHost {
  readonly signals: Pick<EventEmitter, 'on' | 'off'>;
  /** Sends this process a signal. */
  send(signal: NodeJS.Signals): void;
}

/** Any of them is a word to stop: SIGQUIT comes by Ctrl-\, and SIGHUP when a terminal is closed. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const;
const THIS_PROCESS: HoldingHost = { signals: process, send: (signal) => process.kill(process.pid, signal) };

/**
 * Keeps signals back while the program is loaded, which takes longer than all else of a start: a worker that is stopped
 * then ends with 0, as one that is stopped later. Gives what sends the first of them anew, to whoever listens by now;
 * nobody does in a command that does not wait, and it ends by the signal, as if it had come just then.
 */
export function holdSignals({ signals, send } = THIS_PROCESS): () => void {
  let first: NodeJS.Signals | undefined;
  const hold = (signal: NodeJS.Signals): void => {
    first ??= signal;
  };
  for (const name of STOP_SIGNALS) signals.on(name, hold);
  return () => {
    for (const name of STOP_SIGNALS) signals.off(name, hold);
    if (first !== undefined) send(first);
  };
}

import type { EventEmitter } from 'node:events';

// Nothing is imported here at run time: it would be loaded before anything is held.

/** The process, or what stands for it in a test. */
export interface SignalHost {
  readonly signals: Pick<EventEmitter, 'on' | 'off' | 'listenerCount'>;
  exit(code: number): void;
}

/** A host whose signals can be sent anew. */
export interface HoldingHost extends SignalHost {
  /** Sends this process a signal. */
  send(signal: NodeJS.Signals): void;
}

/** Any of them is a word to stop: SIGQUIT comes by Ctrl-\, and SIGHUP when a terminal is closed. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const;
/** `npm run` passes a Ctrl-C on that the terminal has given us already: two signals at once are one. */
const SAME_KEY_PRESS_MS = 100;
/** As `EXIT.failed`. */
const FAILED = 1;
/** The process that this program runs in. */
export const THIS_PROCESS: HoldingHost = {
  signals: process,
  exit: (code) => process.exit(code),
  send: (signal) => process.kill(process.pid, signal),
};

/** To be called with each signal: at one that comes more than 100 ms after the first it ends the process, with 1. */
export function endAtSecond(exit: SignalHost['exit']): () => void {
  let firstAt: number | undefined;
  return () => {
    const now = performance.now();
    if (firstAt !== undefined && now - firstAt > SAME_KEY_PRESS_MS) exit(FAILED);
    firstAt ??= now;
  };
}

/**
 * Holds signals while the program loads, which takes longer than all else of a start: a worker that is stopped then ends
 * with 0, as one that is stopped later. A second signal ends the process at once, with 1. Returns what lets them go: it
 * sends the first anew. A command that listens hears it; one that does not ends by it.
 */
export function holdSignals({ signals, exit, send } = THIS_PROCESS): () => void {
  let first: NodeJS.Signals | undefined;
  const comes = endAtSecond(exit);
  const hold = (signal: NodeJS.Signals): void => {
    // Whoever else listens has heard it too: sent anew it would count as a second.
    if (signals.listenerCount(signal) > 1) return;
    comes();
    first ??= signal;
  };
  for (const name of STOP_SIGNALS) signals.on(name, hold);
  return () => {
    for (const name of STOP_SIGNALS) signals.off(name, hold);
    if (first) send(first);
  };
}

import type { CommandContext } from './command-context.js';
import { EXIT } from './exit-code.js';
import { endAtSecond, type SignalHost, STOP_SIGNALS, THIS_PROCESS } from './held-signals.js';

export interface Stoppable {
  /** Resolves when everything has ended; whether in time, without being cut. */
  stop(): Promise<boolean>;
  /** Its end is a reason to stop too; what it throws is thrown on. Default: only a signal stops. */
  readonly work?: Promise<unknown> | undefined;
}

const FOREVER = new Promise<never>(() => undefined);

/** The first signal since it was listened for. */
export interface HeardSignal extends Disposable {
  readonly heard: Promise<void>;
  readonly isHeard: boolean;
}

/**
 * Waits for the first signal, which may have come already, then stops. Returns the exit code: 0 when all ended in time,
 * 1 when something was cut.
 */
export async function untilStopped(
  { heard }: HeardSignal,
  { stop, work = FOREVER }: Stoppable,
): Promise<typeof EXIT.done | typeof EXIT.failed> {
  await Promise.race([heard, work]);
  return (await stop()) ? EXIT.done : EXIT.failed;
}

/** A stop may take as long as a slice does: silence would look like a program that hangs. */
export function sayStopping({ output }: CommandContext, graceMs: number): void {
  const seconds = (graceMs / 1000).toLocaleString('en');
  output.note(`Stopping: what runs has ${seconds} s to end. A second signal, or Ctrl-C again, ends at once.`);
}

/**
 * Listens for SIGINT, SIGTERM, SIGQUIT and SIGHUP until it is disposed. A second signal, the same or another, ends the
 * process at once, with 1. To be called before anything is begun, so that a signal never finds the process without an
 * answer.
 */
export function hearSignal({ signals, exit }: SignalHost = THIS_PROCESS): HeardSignal {
  const listening = new AbortController();
  const comes = endAtSecond(exit);
  let isHeard = false;
  const heard = new Promise<void>((resolve) => {
    const onSignal = (): void => {
      comes();
      isHeard = true;
      resolve();
    };
    for (const name of STOP_SIGNALS) signals.on(name, onSignal);
    listening.signal.addEventListener('abort', () => {
      for (const name of STOP_SIGNALS) signals.off(name, onSignal);
    });
  });
  return {
    heard,
    get isHeard() {
      return isHeard;
    },
    [Symbol.dispose]: () => listening.abort(),
  };
}

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Contenders that can have a process of their own. */
export type Kind = 'ours' | 'raw' | 'bullmq' | 'graphile';

/** What is asked of the process: a method of its contender. */
export interface Asked {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What the method gave, or the stack of what it threw. */
export type Answer = { readonly value: unknown } | { readonly error: string };

type Method = (...args: never[]) => Promise<unknown>;

/** What of a contender can be called across the processes: `app` gives what stays in its own. One call at a time. */
export type Apart<C> = { readonly [K in Exclude<keyof C, 'app'> as C[K] extends Method | string ? K : never]: C[K] };

/**
 * A contender in a process of its own, as at its work: nobody else's objects lie in its heap, and nobody else's
 * asynchronous contexts go with its promises. What takes time it times itself. `where`: the address or port of its server.
 */
export async function apart<C extends { close(): Promise<void> }>(kind: Kind, where: string): Promise<Apart<C>> {
  const child = fork(fileURLToPath(new URL('apart-process.ts', import.meta.url)), [kind, where]);
  const name = await answer(child);
  const ask = async (method: string, given: readonly unknown[]) => {
    const answered = answer(child);
    child.send({ method, args: given } satisfies Asked);
    return answered;
  };
  const close = async () => {
    // Why it ended has been thrown by the call that was under way.
    if (!child.connected) return;
    await ask('close', []);
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  };
  const methods: ProxyHandler<object> = {
    get(_target, method) {
      // Who awaits the contender itself asks whether it is a promise.
      if (method === 'then') return undefined;
      if (method === 'name') return name;
      return method === 'close' ? close : (...given: unknown[]) => ask(String(method), given);
    },
  };
  return new Proxy({}, methods) as Apart<C>;
}

/** To what it is asked next; throws what it throws, and when it has ended. */
async function answer(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const ended = once(child, 'exit', { signal }).then(([code, by]) => {
      throw new Error(`The process of a contender ended with ${code ?? by}.`);
    });
    const [given] = await Promise.race([once(child, 'message', { signal }) as Promise<[Answer]>, ended]);
    if ('error' in given) throw new Error(given.error);
    return given.value;
  } finally {
    over.abort();
  }
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A connection from a client to the server, through us. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Stands between a client and a server, and breaks what a test wants broken. */
export interface Proxy extends AsyncDisposable {
  /** The server's address, through the proxy. */
  readonly url: string;
  /** Nothing passes any more, and nobody is told: as when a cable is pulled. */
  freeze(): void;
  /** Lets new connections pass; those that were open stay silent. */
  thaw(): void;
  /** Passes the next statement that holds this text on, and breaks its connection instead of giving back the answer. */
  swallowAnswerTo(text: string): void;
  /** Passes the next statement that holds this text on so many milliseconds late, also when its client has gone by then. */
  hold(text: string, milliseconds: number): void;
  /** How often an answer was swallowed. */
  readonly swallowed: number;
  /** Counts, from now on, the answers that hold this text. */
  countAnswersWith(text: string): void;
  readonly counted: number;
}

export async function startProxy(serverUrl: string): Promise<Proxy> {
  const target = new URL(serverUrl);
  const pairs = new Set<Pair>();
  const silent = new Set<Pair>();
  const late = new Set<Pair>();
  let isFrozen = false;
  let awaited: string | undefined;
  let swallowed = 0;
  let counting: string | undefined;
  let counted = 0;
  let held: { readonly text: string; readonly milliseconds: number } | undefined;

  const listener = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    const pair = { client, server };
    pairs.add(pair);
    if (isFrozen) silent.add(pair);
    let isSwallowing = false;
    client.on('data', (chunk) => {
      if (silent.has(pair)) return;
      if (held !== undefined && chunk.includes(held.text)) {
        const { milliseconds } = held;
        held = undefined;
        late.add(pair);
        setTimeout(() => {
          server.write(chunk);
          setTimeout(() => late.delete(pair) && client.destroyed && end(pair), 200);
        }, milliseconds);
        return;
      }
      if (awaited !== undefined && chunk.includes(awaited)) {
        awaited = undefined;
        isSwallowing = true;
      }
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (counting !== undefined && chunk.includes(counting)) counted++;
      if (isSwallowing) {
        swallowed++;
        end(pair);
      } else if (!silent.has(pair)) client.write(chunk);
    });
    for (const socket of [client, server]) {
      // A broken connection is what is tested; the other side ends with it.
      socket.on('error', () => end(pair));
      socket.on('close', () => end(pair));
    }
  });
  const end = (pair: Pair) => {
    if (late.has(pair)) return;
    pair.client.destroy();
    pair.server.destroy();
    pairs.delete(pair);
  };
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return {
    url: url.href,
    freeze: () => {
      isFrozen = true;
      for (const pair of pairs) silent.add(pair);
    },
    thaw: () => {
      isFrozen = false;
    },
    hold: (text, milliseconds) => {
      held = { text, milliseconds };
    },
    swallowAnswerTo: (text) => {
      awaited = text;
    },
    get swallowed() {
      return swallowed;
    },
    countAnswersWith: (text) => {
      counting = text;
      counted = 0;
    },
    get counted() {
      return counted;
    },
    [Symbol.asyncDispose]: async () => {
      late.clear();
      for (const pair of [...pairs]) end(pair);
      listener.close();
      await once(listener, 'close');
    },
  };
}

import { once } from 'node:events';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';

const HEADERS_TIMEOUT_MS = 10_000;
const SWEEP_MS = 20;

/** An HTTP server on a port, with an application's handler behind it. */
export class HttpServer implements AsyncDisposable {
  private constructor(
    private readonly server: Server,
    private readonly host: string,
  ) {}

  /** Throws a sentence when it may not listen there. Port 0: any free one. */
  static async listen(
    handler: (request: Request) => Promise<Response>,
    host: string,
    port: number,
  ): Promise<HttpServer> {
    const server = createAdaptorServer({
      fetch: handler,
      // Bodies have limits of their own: an upload of 1 GB may take longer than Node's five minutes.
      serverOptions: { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0 },
    }) as Server;
    server.listen(port, host);
    try {
      await once(server, 'listening');
    } catch (cause) {
      throw new Error(refusal(host, port, cause as NodeJS.ErrnoException), { cause });
    }
    return new HttpServer(server, host);
  }

  /** Where a browser on this machine finds it. */
  get url(): string {
    const address = this.server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    return `http://${reachable(this.host)}:${port}`;
  }

  /** Takes no new requests. Those under way have so many milliseconds to be answered, then they are cut. */
  async close(withinMs: number): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    // A connection that has had its answer would stay open for its next request.
    const sweep = setInterval(() => this.server.closeIdleConnections(), SWEEP_MS);
    const patience = setTimeout(() => this.server.closeAllConnections(), withinMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(patience);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close(0);
  }
}

function refusal(host: string, port: number, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken by another process. Stop that one, or set PORT to another number (0 picks a free one).`;
    case 'EACCES':
      return `Port ${port} may not be used by this user. Set PORT to a number above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST is ${host}, which is no address of this machine. Set HOST to 127.0.0.1, or to 0.0.0.0 for all of them.`;
    default:
      return `The server could not listen on ${host}, port ${port}: ${message}`;
  }
}

/** "All addresses" is no address to go to, and IPv6 wants brackets. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

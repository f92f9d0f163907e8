import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boot } from '../../core/boot.js';
import type { BootOptions } from '../../core/boot-options.js';

export type Who = 'nobody' | 'ann' | 'ben' | 'root';

export interface Sending {
  /** Sent as JSON; a text, bytes or a stream as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The client goes away. */
  readonly signal?: AbortSignal;
}

export type TestApplication = Awaited<ReturnType<typeof openApplication>>;

const ORIGIN = 'http://jobs.example';

/** The module `note` of `application/` behind HTTP, without a loop: two users with keys, `ann` and `ben`, and an admin, `root`. */
export async function openApplication(options: Partial<BootOptions> = {}) {
  const filesDir = await mkdtemp(join(tmpdir(), 'pm-http-'));
  const logged: { readonly fields: object; readonly message: string }[] = [];
  const log = (fields: object, message: string) => void logged.push({ fields, message });
  const app = await boot({
    root: new URL('application/', import.meta.url),
    databaseUrl: 'sqlite::memory:',
    migrate: true,
    filesDir,
    // No page, whether or not this folder was built.
    webDir: '/nonexistent',
    uploadMax: 1000,
    logger: { debug: () => undefined, info: () => undefined, warn: log, error: log },
    ...options,
  });
  const accessStore = app.container.get('accessStore');
  const keyOf = async (id: string, isAdmin = false) => (await accessStore.addKey({ id, isAdmin })).key;
  const keys = { ann: await keyOf('ann'), ben: await keyOf('ben'), root: await keyOf('root', true) };

  const send = (who: Who, line: string, { body, headers, signal }: Sending = {}): Promise<Response> => {
    const [method, path] = line.split(/ (.*)/s);
    const isJson = body !== undefined && !isRaw(body);
    return app.handler(
      new Request(new URL(path ?? '/', ORIGIN), {
        method,
        headers: {
          ...(who === 'nobody' ? {} : { Authorization: `Bearer ${keys[who]}` }),
          ...(isJson ? { 'Content-Type': 'application/json' } : {}),
          ...headers,
        },
        body: (isJson ? JSON.stringify(body) : body) as RequestInit['body'],
        duplex: 'half',
        ...(signal && { signal }),
      }),
    );
  };

  return {
    app,
    keys,
    logged,
    send,
    /** Sends and gives the answer's JSON; throws when the status is another. */
    async expect(status: number, who: Who, line: string, sending?: Sending) {
      const response = await send(who, line, sending);
      const text = await response.text();
      if (response.status !== status)
        throw new Error(`${line} answered ${response.status} instead of ${status}: ${text}`);
      return text === '' ? undefined : JSON.parse(text);
    },
    async push(who: Who, push: object = {}): Promise<{ id: string; number: number }> {
      return this.expect(202, who, 'POST /api/jobs', { body: { name: 'A note', type: 'note', ...push } });
    },
    /** Carries everything that is due to its end. */
    async work(): Promise<void> {
      while ((await app.container.get('loop').tick()) > 0);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await app[Symbol.asyncDispose]();
      await rm(filesDir, { recursive: true, force: true });
    },
  };
}

function isRaw(body: unknown): boolean {
  return typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream;
}

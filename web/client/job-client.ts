import type { JobAction, JobList, JobNotification, JobPush, JobTypeView, JobView, Me, UploadedFile } from './job.js';
import { offline, Problem, problemOf } from './problem.js';
import { sendFile } from './send-file.js';

/** The HTTP interface as functions. Every refusal is thrown as a `Problem`; an aborted request throws its `AbortError`. */
export class JobClient {
  readonly base: string;
  #listed: { readonly path: string; readonly etag: string; readonly page: JobList } | undefined;
  #clockAhead = 0;

  /** `base`: where `/api` lies, e.g. '' (this host), '.' (beside this page) or 'https://host/jobs'. */
  constructor(base = '') {
    this.base = base.replace(/\/+$/, '');
  }

  /** The server's clock in milliseconds since 1970, to within a second: what its times are compared with. */
  now(): number {
    return Date.now() + this.#clockAhead;
  }

  /** The jobs one may see, or one's own alone. When nothing changed since the last call the same object comes back. */
  async list(limit: number, signal?: AbortSignal, isOwn = false): Promise<JobList> {
    const path = `/api/jobs?limit=${limit}${isOwn ? '&mine=true' : ''}`;
    const known = this.#listed?.path === path ? this.#listed : undefined;
    const response = await this.#send('GET', path, { signal, headers: known ? { 'If-None-Match': known.etag } : {} });
    if (response.status === 304 && known) return known.page;
    const page = await jsonOf<JobList>(response);
    const etag = response.headers.get('etag');
    this.#listed = etag === null ? undefined : { path, etag, page };
    return page;
  }

  /** How these jobs stand, and the newest of each group; what is not there is left out. */
  async statuses(jobs: readonly string[], groups: readonly string[], signal?: AbortSignal): Promise<Statuses> {
    return jsonOf(await this.#send('POST', '/api/jobs/status', { json: { jobs, groups }, signal }));
  }

  /** Presses a button of a job. */
  async act(job: JobView, action: JobAction): Promise<{ readonly job: JobView; readonly result: unknown }> {
    const path = `/api/jobs/${encodeURIComponent(job.id)}/actions/${encodeURIComponent(action.type)}`;
    return jsonOf(await this.#send('POST', path, { json: {} }));
  }

  /** Asks the server as a button says that brings its own address: a path, with the reader's session. */
  async request(method: string, path: string): Promise<void> {
    await this.#send(method, path);
  }

  /** The ends of one's jobs that nobody has told yet, the newest first. */
  async notifications(limit: number): Promise<{ readonly list: readonly JobNotification[] }> {
    return jsonOf(await this.#send('GET', `/api/notifications?unread=true&limit=${limit}`));
  }

  /** Marks ends as told; gives how many nobody had told before: of several tabs one is given each. */
  async markRead(ids: readonly number[]): Promise<number> {
    const response = await this.#send('POST', '/api/notifications/read', { json: { ids } });
    return (await jsonOf<{ readonly read: number }>(response)).read;
  }

  /** Why a job failed; `undefined` when it did not, or is gone. */
  async errorOf(id: string): Promise<string | undefined> {
    try {
      const { error } = await jsonOf<JobView>(await this.#send('GET', `/api/jobs/${encodeURIComponent(id)}`));
      return error?.message;
    } catch (error) {
      if (error instanceof Problem && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Starts a job. The same `id` sent again is the same job. */
  async push(job: JobPush): Promise<JobView> {
    return jsonOf(await this.#send('POST', '/api/jobs', { json: job }));
  }

  /** Uploads a file; `onProgress` is told the bytes sent so far. */
  async upload(file: File, onProgress: (sent: number) => void, signal?: AbortSignal): Promise<UploadedFile> {
    const address = `${this.base}/api/files?name=${encodeURIComponent(file.name)}`;
    return (await sendFile(address, file, onProgress, signal)).file;
  }

  /** The job types the caller may start. */
  async types(): Promise<readonly JobTypeView[]> {
    return jsonOf(await this.#send('GET', '/api/types'));
  }

  /** Who is signed in; a `Problem` with status 401 when nobody is. */
  async me(signal?: AbortSignal): Promise<Me> {
    return jsonOf(await this.#send('GET', '/api/me', { signal }));
  }

  /** Signs in with a one-time code of a sign-in link, or with a key. */
  async signIn(secret: { readonly code: string } | { readonly key: string }): Promise<void> {
    await this.#send('POST', '/api/session', { json: secret });
  }

  /** Ends the session. */
  async signOut(): Promise<void> {
    await this.#send('DELETE', '/api/session');
  }

  async #send(method: string, path: string, options: SendOptions = {}): Promise<Response> {
    const { json, signal, headers } = options;
    const response = await fetch(this.base + path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: {
        Accept: 'application/json',
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      throw error instanceof TypeError ? offline(error) : error;
    });
    this.#compareClocks(response);
    if (response.ok || response.status === 304) return response;
    throw problemOf(response.status, await response.text(), response.headers.get('retry-after'));
  }

  #compareClocks(response: Response): void {
    const theirs = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isFinite(theirs)) return;
    const ahead = theirs - Date.now();
    // The header is cut to whole seconds: under two seconds it says nothing about the clocks.
    this.#clockAhead = Math.abs(ahead) < 2000 ? 0 : ahead;
  }
}

/** Jobs by what they were asked by. */
export interface Statuses {
  readonly jobs: Readonly<Record<string, JobView>>;
  readonly groups: Readonly<Record<string, JobView>>;
}

interface SendOptions {
  readonly json?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

async function jsonOf<T>(response: Response): Promise<T> {
  try {
    return await response.json();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error instanceof TypeError ? offline(error) : error;
    const sentence = 'The answer was not from the progress manager. Check the address, or sign in to the network.';
    throw new Problem(response.status, 'not_json', sentence, undefined, { cause: error });
  }
}

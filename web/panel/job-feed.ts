import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { endsIn, tellEnds } from '../client/ends.js';
import { isMoving, type JobAction, type JobList, type JobView } from '../client/job.js';
import { JobClient } from '../client/job-client.js';
import { follow, type Link, linkOf } from '../client/link.js';
import { newerOf, newestOf } from '../client/newest.js';
import { Poller, type Trouble } from '../client/poller.js';
import { isLink, pressOf } from '../client/press.js';

/** The element that shows the jobs, with its settings. */
export interface FeedHost extends ReactiveControllerHost, HTMLElement {
  readonly src: string;
  readonly limit: number;
  readonly pollMs: number;
}

const IDLE_MS = 5000;

/** Keeps an element supplied with one's jobs while it is in the page, and presses their buttons. */
export class JobFeed implements ReactiveController {
  /** `undefined` until the first answer. */
  page: JobList | undefined;
  trouble: Trouble | undefined;
  isSignedOut = false;
  /** For screen readers: which jobs have just come to their end. */
  news = '';
  readonly #host: FeedHost;
  #client = new JobClient();
  #poller: Poller<JobList> | undefined;
  #asked: { readonly src: string; readonly limit: number } | undefined;

  constructor(host: FeedHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener('pm-started', this.refresh);
    this.#begin();
  }

  hostDisconnected(): void {
    document.removeEventListener('pm-started', this.refresh);
    this.#poller?.stop();
  }

  hostUpdate(): void {
    const { src, limit } = this.#host;
    if (this.#asked?.src !== src) this.#begin();
    else if (this.#asked.limit !== limit) this.refresh();
  }

  /** The server's time in milliseconds. */
  now(): number {
    return this.#client.now();
  }

  /** Asks the server at once. */
  readonly refresh = (): void => this.#poller?.now();

  /** Where an action leads, if it is a link rather than something the server does. */
  readonly linkOf = (action: JobAction): Link | undefined =>
    isLink(action) ? linkOf(action.data.url, this.#client.base) : undefined;

  /** Asks nothing until `release`: while somebody reads what was said. */
  hold(): void {
    this.#poller?.stop();
  }

  release(): void {
    this.#poller?.start();
  }

  /** Presses a button and shows what came of it; throws the server's refusal. */
  readonly act = async (job: JobView, action: JobAction): Promise<void> => {
    const press = pressOf(action);
    try {
      if (press.kind === 'request') return await this.#client.request(press.method, press.url);
      const { job: changed, result } = await this.#client.act(job, action);
      this.#replace(changed);
      const link = linkOf(urlIn(result), this.#client.base);
      if (link !== undefined) follow(link);
    } finally {
      this.refresh(); // also after a refusal: the job is not what the row showed
    }
  };

  #begin(): void {
    const { src } = this.#host;
    this.#poller?.stop();
    this.#client = new JobClient(src);
    this.page = undefined;
    this.isSignedOut = false;
    this.#poller = new Poller<JobList>({
      ask: (signal) => this.#ask(signal),
      onAnswer: (page) => this.#take(page),
      onTrouble: (trouble) => this.#set({ trouble }),
      onSignedOut: () => {
        this.#set({ isSignedOut: true, trouble: undefined });
        this.#host.dispatchEvent(new CustomEvent('pm-signed-out', { bubbles: true, composed: true }));
      },
    });
    this.#asked = { src, limit: this.#host.limit };
    this.#poller.start();
  }

  #ask(signal: AbortSignal): Promise<JobList> {
    const { src, limit } = this.#host;
    this.#asked = { src, limit };
    return this.#client.list(limit, signal);
  }

  #take(page: JobList): number {
    const known = this.page?.list ?? [];
    const list = newestOf(known, page.list);
    const ended = endsIn(this.page?.list, list);
    const news = ended.map(({ name, status }) => `${name}: ${status.translate}`).join('. ');
    this.#set({ page: { ...page, list }, news: news || this.news });
    this.#host.dispatchEvent(new CustomEvent('pm-listed', { detail: this.page }));
    tellEnds(ended);
    const { pollMs } = this.#host;
    return list.some((job) => isMoving(job, this.now())) ? pollMs : Math.max(IDLE_MS, pollMs);
  }

  /** Puts what an action answered in the place of the job; a closed one leaves the list. */
  #replace(changed: JobView): void {
    if (this.page === undefined) return;
    const { list, total } = this.page;
    const kept = changed.isClosed
      ? list.filter(({ id }) => id !== changed.id)
      : list.map((job) => (job.id === changed.id ? newerOf(job, changed) : job));
    this.#set({ page: { ...this.page, list: kept, total: total - (list.length - kept.length) } });
  }

  #set(changes: Partial<Pick<JobFeed, 'page' | 'trouble' | 'isSignedOut' | 'news'>>): void {
    Object.assign(this, changes);
    this.#host.requestUpdate();
  }
}

function urlIn(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'url' in result ? result.url : undefined;
}

import { html, LitElement, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { ENDED } from '../client/ends.js';
import type { JobView } from '../client/job.js';
import { JobClient } from '../client/job-client.js';
import { Problem } from '../client/problem.js';
import { define } from '../parts/define.js';
import '../parts/progress-clamp.js';
import { controls } from '../style/controls.js';
import { tokens } from '../style/tokens.js';
import { type Notice, Notices } from './notices.js';
import { toastsStyle } from './toasts-style.js';

/** A toast of a success goes by itself; an error stays until it is closed. */
const SHOWN_MS = 8000;
/** More at once are one line. */
const MOST_SHOWN = 3;

/**
 * Tells the ends of one's jobs, each of them once, whichever tab or page it is that tells: the server knows what was
 * told. It asks when a panel or a badge of the page sees a job end, and when it is put into the page; never else.
 * Attributes: `src` and `me`, as the panel's.
 */
export class ProgressToasts extends LitElement {
  static override properties = { src: {}, me: {}, shown: { state: true }, left: { state: true } };

  declare src: string;
  declare me: string | undefined;
  declare shown: readonly Notice[];
  /** How many more there were than are shown. */
  declare left: number;
  #notices: Notices | undefined;
  /** Ends that this tab has heard of while nobody saw it. */
  readonly #unseen: string[] = [];
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  constructor() {
    super();
    this.src = '';
    this.shown = [];
    this.left = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#notices = new Notices(new JobClient(this.src), MOST_SHOWN);
    document.addEventListener(ENDED, this.#onEnded);
    document.addEventListener('visibilitychange', this.#onVisible);
    void this.#tell([]);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener(ENDED, this.#onEnded);
    document.removeEventListener('visibilitychange', this.#onVisible);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.shown = [];
  }

  readonly #onEnded = ({ detail }: CustomEvent<readonly JobView[]>): void => {
    const own = detail.filter(
      ({ userId, status }) => userId !== null && status.key !== 'cancelled' && this.#isMine(userId),
    );
    if (own.length > 0) void this.#tell(own.map(({ id }) => id));
  };

  #isMine(userId: string): boolean {
    return this.me === undefined || this.me === userId;
  }

  /** What the server has to tell and no other tab has told; these ends among it. A tab that nobody sees leaves it to others. */
  async #tell(ended: readonly string[]): Promise<void> {
    if (document.hidden) {
      this.#unseen.push(...ended);
      return;
    }
    try {
      await this.#notices?.tell(ended, {
        isSeen: () => !document.hidden,
        notice: (notice) => {
          this.shown = [...this.shown, notice].slice(-MOST_SHOWN * 2);
          if (!notice.isError) this.#closeLater(notice);
        },
        others: (count) => {
          this.left += count;
          setTimeout(() => {
            this.left = 0;
          }, SHOWN_MS);
        },
      });
    } catch (error) {
      // The connection, or the session: panel and page say so, and what nobody has marked is told the next time.
      if (!(error instanceof Problem)) throw error;
    }
  }

  readonly #onVisible = (): void => {
    if (!document.hidden) void this.#tell(this.#unseen.splice(0));
  };

  #closeLater(notice: Notice): void {
    clearTimeout(this.#timers.get(notice.id));
    this.#timers.set(
      notice.id,
      setTimeout(() => this.#close(notice), SHOWN_MS),
    );
  }

  #close(notice: Notice): void {
    this.shown = this.shown.filter(({ id }) => id !== notice.id);
  }

  override render() {
    return html`<div class="stack" role="status" aria-live="polite">
      ${this.left === 0 ? nothing : html`<p class="card toast more">${this.left} more jobs have ended</p>`}
      ${repeat(
        this.shown,
        ({ id }) => id,
        (notice) => this.#toast(notice),
      )}
    </div>`;
  }

  #toast(notice: Notice) {
    return html`<div class="card toast ${notice.isError ? 'error' : 'success'}"
      @pointerenter=${() => clearTimeout(this.#timers.get(notice.id))}
      @pointerleave=${() => (notice.isError ? undefined : this.#closeLater(notice))}>
      <div class="text-of">
        <p dir="auto">${notice.text}</p>
        ${notice.reason === undefined ? nothing : html`<progress-clamp .text=${notice.reason}></progress-clamp>`}
      </div>
      <button class="text" aria-label="Close: ${notice.text}" @click=${() => this.#close(notice)}>✕</button>
    </div>`;
  }

  static override styles = [tokens, controls, toastsStyle];
}

define('progress-toasts', ProgressToasts);

declare global {
  interface HTMLElementTagNameMap {
    'progress-toasts': ProgressToasts;
  }
}

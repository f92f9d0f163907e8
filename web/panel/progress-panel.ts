import { html, LitElement, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { isUnfinished, type JobList, type JobView } from '../client/job.js';
import { define } from '../parts/define.js';
import { strip, stripStyle } from '../parts/strip.js';
import { count } from '../parts/words.js';
import '../start/progress-start.js';
import { controls } from '../style/controls.js';
import { tokens } from '../style/tokens.js';
import { finishedJobs } from './finished-jobs.js';
import { JobFeed } from './job-feed.js';
import { panelStyle } from './panel-style.js';
import { PointedAt } from './pointed-at.js';
import './progress-message.js';
import './progress-row.js';
import { type Arranged, RowOrder } from './row-order.js';

const MOST_LISTED = 200;
const WORDS_AFTER_MS = 300;

/**
 * One's jobs with their bars and buttons, kept up to date.
 * Attributes: `src` (where `/api` lies, '' by default), `limit` (jobs shown, 50; at most 200), `poll-ms` (how often the
 * server is asked while something moves, 500), `me` (a user id: jobs of others then name their owner).
 * Fires `pm-start` when somebody wants to start something – unless a listener prevents it, the forms open in the
 * panel –, `pm-listed` with each answer of the server as `detail`, and `pm-signed-out` when it does not know the caller.
 */
export class ProgressPanel extends LitElement {
  static override properties = {
    src: {},
    limit: { type: Number },
    pollMs: { attribute: 'poll-ms', type: Number },
    me: {},
    isSlow: { state: true },
    isUnfolded: { state: true },
    isStarting: { state: true },
    message: { state: true },
  };

  declare src: string;
  declare limit: number;
  declare pollMs: number;
  declare me: string | undefined;
  declare isSlow: boolean;
  declare isUnfolded: boolean;
  declare isStarting: boolean;
  /** What a button had to say, while it is read. */
  declare message: string | undefined;
  readonly #feed: JobFeed;
  readonly #pointedAt = new PointedAt(this);
  readonly #order = new RowOrder();
  #settling: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.src = '';
    this.limit = 50;
    this.pollMs = 500;
    this.isSlow = false;
    this.isUnfolded = false;
    this.isStarting = false;
    this.#feed = new JobFeed(this);
  }

  /** Asks the server at once. */
  refresh(): void {
    this.#feed.refresh();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    setTimeout(() => {
      this.isSlow = true;
    }, WORDS_AFTER_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#settling);
  }

  override render() {
    return html`<section class="card" aria-label="Jobs">
      <header><h2>Jobs</h2><span class="summary">${this.#summary()}</span></header>
      ${this.#feed.trouble ? strip(this.#feed.trouble, this.#feed.refresh) : nothing}
      ${this.#body()}
      <div class="unseen" role="status">${this.#feed.news}</div>
      ${this.message === undefined ? nothing : html`<progress-message .text=${this.message} @pm-closed=${this.#onRead}></progress-message>`}
    </section>`;
  }

  #summary(): string {
    const unfinished = this.#feed.page?.list.filter(isUnfinished).length ?? 0;
    return unfinished === 0 ? '' : `${count(unfinished)} unfinished`;
  }

  #body() {
    const { page, trouble, isSignedOut } = this.#feed;
    if (isSignedOut) return html`<p class="note">You are signed out. Sign in to see your jobs.</p>`;
    if (page === undefined) return html`<p class="note first">${this.isSlow && !trouble ? 'Loading jobs…' : ''}</p>`;
    return page.list.length === 0 ? this.#empty() : this.#lists(page);
  }

  #empty() {
    if (this.isStarting) return html`<progress-start class="inside" .src=${this.src}></progress-start>`;
    return html`<div class="empty">
      <p>You have no jobs yet. What you start shows here how far it is.</p>
      <button class="solid" @click=${this.#start}>Start a job</button>
    </div>`;
  }

  /** Rows stand still while somebody reads. */
  readonly #onMessage = ({ detail }: CustomEvent<string>): void => {
    this.message = detail;
    this.#feed.hold();
  };

  readonly #onRead = (): void => {
    this.message = undefined;
    this.#feed.release();
  };

  readonly #start = (): void => {
    const event = new CustomEvent('pm-start', { bubbles: true, composed: true, cancelable: true });
    this.isStarting = this.dispatchEvent(event);
  };

  #lists(page: JobList) {
    const { unfinished, finished } = this.#arrange(page);
    return html`<div @pointerenter=${this.#pointedAt.enter} @pointerleave=${this.#pointedAt.leave}
      @focusin=${this.#pointedAt.focus} @focusout=${this.#pointedAt.blur}>
      ${this.#rows(unfinished, false)}
      ${finishedJobs({
        jobs: finished,
        total: page.total - unfinished.length,
        totalIsCapped: page.totalIsCapped,
        isUnfolded: this.isUnfolded,
        rows: (jobs) => this.#rows(jobs, true),
        toggle: this.#toggle,
        showMore: this.limit < MOST_LISTED ? this.#showMore : undefined,
      })}
    </div>`;
  }

  #arrange(page: JobList): Arranged {
    const now = performance.now();
    const arranged = this.#order.arrange(page.list, now, this.#pointedAt.isHeld);
    clearTimeout(this.#settling);
    const settlesIn = this.#order.settlesIn(now);
    if (settlesIn !== undefined) this.#settling = setTimeout(() => this.requestUpdate(), settlesIn);
    return arranged;
  }

  #rows(jobs: readonly JobView[], isCompact: boolean) {
    if (jobs.length === 0) return nothing;
    // Five-second steps: "about 40 s left" does not need every row drawn anew twice a second.
    const now = Math.round(this.#feed.now() / 5000) * 5000;
    return html`<ul>
      ${repeat(
        jobs,
        ({ id }) => id,
        (job) => html`<li>
        <progress-row .job=${job} .now=${now} .me=${this.me} .act=${this.#feed.act} .linkOf=${this.#feed.linkOf}
          @pm-message=${this.#onMessage} .isCompact=${isCompact} .isStale=${this.#feed.trouble !== undefined}></progress-row>
      </li>`,
      )}
    </ul>`;
  }

  readonly #toggle = (): void => {
    this.isUnfolded = !this.isUnfolded;
  };

  readonly #showMore = (): void => {
    this.limit = Math.min(MOST_LISTED, this.limit + 50);
  };

  static override styles = [tokens, controls, stripStyle, panelStyle];
}

define('progress-panel', ProgressPanel);

declare global {
  interface HTMLElementTagNameMap {
    'progress-panel': ProgressPanel;
  }
}

import { html, LitElement, nothing } from 'lit';
import { endsIn, tellEnds } from '../client/ends.js';
import type { JobList } from '../client/job.js';
import { JobClient } from '../client/job-client.js';
import { Poller } from '../client/poller.js';
import '../panel/progress-panel.js';
import { define } from '../parts/define.js';
import { controls } from '../style/controls.js';
import { tokens } from '../style/tokens.js';
import { badgeStyle } from './badge-style.js';
import { SeenJobs } from './seen-jobs.js';

/** Unfinished jobs, then the newest that have ended: enough to tell what ended since the last look. */
const LISTED = 50;
const MOST_COUNTED = 99;
/** The panel with its shadow. */
const SHEET_PX = 436;

/**
 * A button for the bar of a page: how many of one's own jobs are unfinished, and the panel under it, where admins see
 * everybody's. The panel opens by itself, once, when a job of one's was pushed. Attributes: `src` and `me` as the panel's,
 * `poll-ms` (how often the server is asked while the panel is closed, 2000; the panel asks by itself).
 */
export class ProgressBadge extends LitElement {
  static override properties = {
    src: {},
    me: {},
    pollMs: { attribute: 'poll-ms', type: Number },
    isOpen: { attribute: 'open', reflect: true, type: Boolean },
    unfinished: { state: true },
  };

  declare src: string;
  declare me: string | undefined;
  declare pollMs: number;
  declare isOpen: boolean;
  declare unfinished: number;
  #client = new JobClient();
  #page: JobList | undefined;
  /** What was seen before the panel was opened, until its first look. */
  #before: JobList | undefined;
  #seen = new SeenJobs('');
  readonly #poller = new Poller<JobList>({
    ask: (signal) => this.#client.list(LISTED, signal, true),
    onAnswer: (page) => {
      tellEnds(endsIn(this.#page?.list, page.list));
      this.#take(page);
      return this.isOpen ? undefined : this.pollMs;
    },
    // A badge has no room for words: what it last knew stays, and the panel says what is wrong.
    onTrouble: () => undefined,
    onSignedOut: () => this.dispatchEvent(new CustomEvent('pm-signed-out', { bubbles: true, composed: true })),
  });

  constructor() {
    super();
    this.src = '';
    this.pollMs = 2000;
    this.isOpen = false;
    this.unfinished = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#client = new JobClient(this.src);
    this.#seen = new SeenJobs(`${this.src} ${this.me ?? ''}`);
    addEventListener('pointerdown', this.#onOutside);
    this.addEventListener('keydown', this.#onKey);
    // An open one may be moved, or put there open: its panel asks.
    if (!this.isOpen) this.#poller.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('pointerdown', this.#onOutside);
    this.#poller.stop();
  }

  override render() {
    const many = this.unfinished > MOST_COUNTED ? `${MOST_COUNTED}+` : String(this.unfinished);
    const words = this.unfinished === 0 ? 'Jobs' : `Jobs, ${many} unfinished`;
    return html`
      <button aria-label=${words} title=${words} aria-expanded=${this.isOpen} @click=${this.#toggle}>
        ${bars}${this.unfinished === 0 ? nothing : html`<span class="count">${many}</span>`}
      </button>
      ${
        this.isOpen
          ? html`<div class="sheet">
            <progress-panel .src=${this.src} .me=${this.me} @pm-listed=${this.#onListed}></progress-panel>
          </div>`
          : nothing
      }
    `;
  }

  /** Shows the panel. */
  open(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.#before = this.#page;
    // To the side that has room for it.
    this.toggleAttribute('leftwards', this.getBoundingClientRect().right >= SHEET_PX);
    this.#poller.stop();
    this.#remember();
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#remember();
    this.#watch();
  }

  /** Anew: it may have been left between two looks. */
  #watch(): void {
    this.#poller.stop();
    this.#poller.start();
  }

  #take(page: JobList): void {
    this.#page = page;
    this.unfinished = page.ownUnfinished;
    if (this.isOpen) this.#remember();
    else if (this.#seen.isNew(newestOf(page))) this.open();
  }

  #remember(): void {
    if (this.#page) this.#seen.remember(newestOf(this.#page));
  }

  /** The panel knows of no look before its first. */
  readonly #onListed = ({ detail }: CustomEvent<JobList>): void => {
    const own = detail.list.filter(({ userId }) => this.me === undefined || userId === this.me);
    if (this.#before) tellEnds(endsIn(this.#before.list, own));
    this.#before = undefined;
    this.#take(detail);
  };

  readonly #toggle = (): void => {
    if (this.isOpen) this.close();
    else this.open();
  };

  readonly #onOutside = (event: Event): void => {
    if (!event.composedPath().includes(this)) this.close();
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    // What is open within the panel takes the key for itself.
    if (event.key !== 'Escape' || !this.isOpen || event.defaultPrevented) return;
    this.close();
    this.renderRoot.querySelector('button')?.focus();
  };

  static override styles = [tokens, controls, badgeStyle];
}

const newestOf = ({ list }: JobList) => Math.max(0, ...list.map(({ number }) => number));

const bars = html`<svg viewBox="0 0 16 16" aria-hidden="true">
  <path d="M2 3.5h12M2 8h12M2 12.5h12" class="track" /><path d="M2 3.5h9M2 8h5M2 12.5h7" />
</svg>`;

define('progress-badge', ProgressBadge);

declare global {
  interface HTMLElementTagNameMap {
    'progress-badge': ProgressBadge;
  }
}

import { html, LitElement, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { JobTypeView } from '../client/job.js';
import { JobClient } from '../client/job-client.js';
import { Problem } from '../client/problem.js';
import { define } from '../parts/define.js';
import { controls } from '../style/controls.js';
import { tokens } from '../style/tokens.js';
import './progress-start-form.js';
import { type FormShape, formOf } from './schema-fields.js';
import { startStyle } from './start-style.js';

/** A type that can be started by a form. */
interface Offer {
  readonly type: JobTypeView;
  readonly shape: FormShape;
}

/**
 * The job types one may start, each with a form made from the schema of its data.
 * Attribute: `src` (where `/api` lies, '' by default). The forms fire `pm-started`, which every panel on the page hears.
 */
export class ProgressStart extends LitElement {
  static override properties = {
    src: {},
    offers: { state: true },
    opened: { state: true },
    fault: { state: true },
  };

  declare src: string;
  declare offers: readonly Offer[] | undefined;
  /** The type whose form is open. */
  declare opened: string | undefined;
  declare fault: string | undefined;
  #client = new JobClient();
  /** Types whose form was open once: it stays, hidden, with what was typed. */
  readonly #seen = new Set<string>();

  constructor() {
    super();
    this.src = '';
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('src')) void this.#load();
    if (this.opened !== undefined) this.#seen.add(this.opened);
  }

  /** Brings the open form into view, with the focus in its first input. */
  async open(): Promise<void> {
    await this.updateComplete;
    this.opened ??= this.offers?.[0]?.type.type;
    await this.updateComplete;
    const form = this.renderRoot.querySelector('progress-start-form');
    await form?.updateComplete;
    this.scrollIntoView({ block: 'nearest' });
    form?.renderRoot.querySelector('input')?.focus();
  }

  readonly #load = async (): Promise<void> => {
    this.#client = new JobClient(this.src);
    this.fault = undefined;
    try {
      this.offers = (await this.#client.types()).flatMap(offerOf);
      this.opened = this.offers[0]?.type.type;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.fault = error.message;
      if (error.status === 401) this.dispatchEvent(new CustomEvent('pm-signed-out', { bubbles: true, composed: true }));
    }
  };

  override render() {
    return html`<section class="card" aria-label="Start a job">
      <header><h2>Start a job</h2></header>
      ${this.fault ? this.#failed(this.fault) : this.#list()}
    </section>`;
  }

  #toggle({ type }: JobTypeView): void {
    this.opened = this.opened === type ? undefined : type;
  }

  #failed(fault: string) {
    return html`<p class="note">${fault} <button class="text" @click=${this.#load}>Try again</button></p>`;
  }

  #list() {
    if (this.offers === undefined) return html`<p class="note">Loading what can be started…</p>`;
    if (this.offers.length === 0) return html`<p class="note">There is nothing you can start by a form here.</p>`;
    return repeat(
      this.offers,
      ({ type }) => type.type,
      (offer) => this.#offer(offer),
    );
  }

  #offer({ type, shape }: Offer) {
    const isOpen = this.opened === type.type;
    return html`<div class="offer">
      <button class="title" aria-expanded=${isOpen} @click=${() => this.#toggle(type)}>
        <span dir="auto">${type.label}</span>
        <svg viewBox="0 0 16 16" aria-hidden="true"><path d="m4 6 4 4 4-4" /></svg>
      </button>
      ${
        this.#seen.has(type.type)
          ? html`<progress-start-form ?hidden=${!isOpen} .type=${type} .shape=${shape} .client=${this.#client}></progress-start-form>`
          : nothing
      }
    </div>`;
  }

  static override styles = [tokens, controls, startStyle];
}

function offerOf(type: JobTypeView): readonly Offer[] {
  const shape = formOf(type.schema);
  return shape === undefined ? [] : [{ type, shape }];
}

define('progress-start', ProgressStart);

declare global {
  interface HTMLElementTagNameMap {
    'progress-start': ProgressStart;
  }
}

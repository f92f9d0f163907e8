import { html, LitElement, nothing, type PropertyValues } from 'lit';
import type { JobAction, JobView } from '../client/job.js';
import { isUnfinished } from '../client/job.js';
import { follow, type Link } from '../client/link.js';
import { pressOf } from '../client/press.js';
import { define } from '../parts/define.js';
import '../parts/progress-clamp.js';
import '../parts/progress-track.js';
import { controls } from '../style/controls.js';
import { tokens } from '../style/tokens.js';
import { tones } from '../style/tones.js';
import { actionButton } from './action-control.js';
import { actionsOf, asksFirst, messageOf } from './job-facts.js';
import './progress-menu.js';
import { barLine, factsLine, messageLine, nameOf, statusOf } from './row-parts.js';
import { rowStyle } from './row-style.js';

/** One job: is it moving, how far, how long yet, what can be done. Fires `pm-message` with a button's text to be read. */
export class ProgressRow extends LitElement {
  static override properties = {
    job: { attribute: false },
    now: { attribute: false },
    me: { attribute: false },
    act: { attribute: false },
    linkOf: { attribute: false },
    isCompact: { attribute: false },
    isStale: { attribute: false },
    pressed: { state: true },
    asked: { state: true },
    refusal: { state: true },
  };

  declare job: JobView;
  /** The server's time in milliseconds. */
  declare now: number;
  /** The reader's user id; the owner is named on jobs of others. */
  declare me: string | undefined;
  /** Presses an action; throws an Error whose message can be shown. */
  declare act: (job: JobView, action: JobAction) => Promise<void>;
  /** Where an action leads, if it is a link. */
  declare linkOf: (action: JobAction) => Link | undefined;
  /** Without its bar, as in the list of finished jobs. */
  declare isCompact: boolean;
  declare isStale: boolean;
  /** The action the server is being told of. */
  declare pressed: JobAction | undefined;
  /** The action that waits for a "Yes". */
  declare asked: JobAction | undefined;
  /** Why the last press was refused. */
  declare refusal: string | undefined;
  #hadMessage = false;
  #hadFocus = false;

  override willUpdate(changed: PropertyValues<this>): void {
    this.#hadFocus = this.shadowRoot?.activeElement != null;
    if (!changed.has('job')) return;
    if (changed.get('job')?.status.key !== this.job.status.key) this.refusal = undefined;
    if (!this.job.actions.some(({ type }) => type === this.asked?.type)) this.asked = undefined;
    this.#hadMessage = isUnfinished(this.job) && (this.#hadMessage || messageOf(this.job) !== undefined);
  }

  /** What had the focus may be gone: then the row takes it, so that a keyboard user is not thrown to the top. */
  override updated(): void {
    if (this.#hadFocus && this.shadowRoot?.activeElement == null) this.#focus('.row');
  }

  override render() {
    const { job } = this;
    return html`<article class="row" tabindex="-1" aria-label=${job.name}>
      ${this.#head()}
      ${job.error ? html`<progress-clamp class="error" .text=${job.error.message}></progress-clamp>` : nothing}
      ${this.isCompact ? nothing : barLine(job, this.isStale)}
      ${this.asked ? this.#question(this.asked) : this.#foot()}
      ${messageLine(messageOf(job), this.#hadMessage)}
      <div role="alert">${this.refusal ? html`<p class="refusal">${this.refusal}</p>` : nothing}</div>
    </article>`;
  }

  #head() {
    return html`<div class="line">
      ${nameOf(this.job)} ${statusOf(this.job, this.isCompact)} ${this.#menu()}
    </div>`;
  }

  #menu() {
    const { rest } = actionsOf(this.job);
    if (rest.length === 0) return nothing;
    const label = `More actions for ${this.job.name}`;
    return html`<progress-menu .actions=${rest} .label=${label} @pm-choose=${this.#onChoose}></progress-menu>`;
  }

  #foot() {
    const { main } = actionsOf(this.job);
    const { pressed } = this;
    const isMainPressed = pressed !== undefined && pressed.type === main?.type;
    const control = main && {
      action: main,
      link: this.linkOf(main),
      busyLabel: isMainPressed ? busyLabelOf(pressed) : undefined,
      isDisabled: pressed !== undefined,
      press: () => this.#press(main),
    };
    return html`<div class="line">
      <div class="facts">
        ${pressed === undefined || isMainPressed ? factsLine(this.job, this.now, this.me) : busyLabelOf(pressed)}
      </div>
      ${control ? actionButton(control) : nothing}
    </div>`;
  }

  #question(action: JobAction) {
    const question = `${action.label} this job?`;
    return html`<div class="line" role="group" aria-label=${question} @keydown=${this.#onQuestionKey}>
      <span class="facts">${question}</span>
      <button class="text main danger" @click=${() => this.#send(action)}>Yes, ${action.label.toLowerCase()}</button>
      <button class="text main keep" @click=${this.#keep}>Keep</button>
    </div>`;
  }

  readonly #onChoose = ({ detail }: CustomEvent<JobAction>): void => {
    const link = this.linkOf(detail);
    if (link === undefined) this.#press(detail);
    else follow(link);
  };

  #press(action: JobAction): void {
    if (this.pressed !== undefined) return;
    const press = pressOf(action);
    if (press.kind === 'message') {
      this.dispatchEvent(new CustomEvent('pm-message', { detail: press.text }));
      return;
    }
    if (asksFirst(action)) void this.#ask(action);
    else void this.#send(action);
  }

  async #ask(action: JobAction): Promise<void> {
    this.asked = action;
    await this.updateComplete;
    this.#focus('.keep');
  }

  readonly #keep = async (): Promise<void> => {
    const action = this.asked;
    this.asked = undefined;
    await this.updateComplete;
    this.#focus(action === actionsOf(this.job).main ? '.main' : '.row');
  };

  readonly #onQuestionKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    void this.#keep();
  };

  async #send(action: JobAction): Promise<void> {
    this.asked = undefined;
    this.refusal = undefined;
    this.pressed = action;
    try {
      await this.act(this.job, action);
    } catch (error) {
      this.refusal = error instanceof Error ? error.message : String(error);
    } finally {
      this.pressed = undefined;
    }
  }

  #focus(selector: string): void {
    this.renderRoot.querySelector<HTMLElement>(selector)?.focus();
  }

  static override styles = [tokens, controls, tones, rowStyle];
}

/** What a pressed button says until the server has answered. */
function busyLabelOf({ type }: JobAction): string {
  return { cancel: 'Cancelling…', close: 'Closing…', pause: 'Pausing…', resume: 'Resuming…' }[type] ?? 'Working…';
}

define('progress-row', ProgressRow);

declare global {
  interface HTMLElementTagNameMap {
    'progress-row': ProgressRow;
  }
}

import { html, LitElement, nothing } from 'lit';
import type { JobAction } from '../client/job.js';
import { define } from '../parts/define.js';
import { controls } from '../style/controls.js';
import { tokens } from '../style/tokens.js';
import { menuStyle } from './menu-style.js';

/** The "⋯" of a row with its further actions. Fires `pm-choose` with the chosen action as `detail`. */
export class ProgressMenu extends LitElement {
  static override properties = {
    actions: { attribute: false },
    label: {},
    isOpen: { attribute: 'open', reflect: true, type: Boolean },
  };

  declare actions: readonly JobAction[];
  declare label: string;
  declare isOpen: boolean;

  constructor() {
    super();
    this.actions = [];
    this.label = '';
    this.isOpen = false;
  }

  override render() {
    return html`
      <button class="text dots" aria-haspopup="menu" aria-expanded=${this.isOpen} aria-label=${this.label}
        @click=${this.#toggle} @keydown=${this.#onButtonKey}>⋯</button>
      ${
        this.isOpen
          ? html`<div class="card menu" role="menu" aria-label=${this.label} @keydown=${this.#onMenuKey}>
            ${this.actions.map((action) => this.#item(action))}
          </div>`
          : nothing
      }
    `;
  }

  #item(action: JobAction) {
    return html`<button class="item" role="menuitem" tabindex="-1" data-action=${action.type}
      @click=${() => this.#choose(action)}>${action.label}</button>`;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('pointerdown', this.#onOutside);
  }

  readonly #toggle = (): void => {
    if (this.isOpen) this.#close();
    else void this.#open(0);
  };

  /** Opens the list with the focus on its first (0) or last (−1) item. */
  async #open(place: number): Promise<void> {
    this.isOpen = true;
    addEventListener('pointerdown', this.#onOutside);
    this.addEventListener('focusout', this.#onFocusOut);
    await this.updateComplete;
    this.#items().at(place)?.focus();
  }

  #close(): void {
    this.isOpen = false;
    removeEventListener('pointerdown', this.#onOutside);
    this.removeEventListener('focusout', this.#onFocusOut);
  }

  #choose(action: JobAction): void {
    this.#focusButton();
    this.#close();
    this.dispatchEvent(new CustomEvent('pm-choose', { detail: action }));
  }

  #items(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('.item')];
  }

  #focusButton(): void {
    this.renderRoot.querySelector<HTMLElement>('.dots')?.focus();
  }

  readonly #onButtonKey = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    void this.#open(event.key === 'ArrowDown' ? 0 : -1);
  };

  readonly #onMenuKey = (event: KeyboardEvent): void => {
    const items = this.#items();
    const at = items.indexOf(event.target as HTMLElement);
    const goal = { ArrowDown: (at + 1) % items.length, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (goal !== undefined) {
      event.preventDefault();
      items.at(goal)?.focus();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      this.#focusButton();
      this.#close();
    }
  };

  readonly #onOutside = (event: Event): void => {
    if (!event.composedPath().includes(this)) this.#close();
  };

  // Without a next element the window lost the focus, or Safari clicked a button: the menu stays.
  readonly #onFocusOut = (event: FocusEvent): void => {
    if (event.relatedTarget !== null) this.#close();
  };

  static override styles = [tokens, controls, menuStyle];
}

define('progress-menu', ProgressMenu);

declare global {
  interface HTMLElementTagNameMap {
    'progress-menu': ProgressMenu;
  }
}

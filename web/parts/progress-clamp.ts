import { css, html, LitElement, nothing } from 'lit';
import { controls } from '../style/controls.js';
import { tokens } from '../style/tokens.js';
import { define } from './define.js';

/** A text of any length, cut after three lines with "Show all" where it is longer. */
export class ProgressClamp extends LitElement {
  static override properties = { text: {}, isOpen: { state: true }, isLong: { state: true } };

  declare text: string;
  declare isOpen: boolean;
  declare isLong: boolean;
  readonly #resized = new ResizeObserver(() => this.#measure());

  constructor() {
    super();
    this.text = '';
    this.isOpen = false;
    this.isLong = false;
  }

  override render() {
    return html`
      <p class=${this.isOpen ? '' : 'clamped'} dir="auto">${this.text}</p>
      ${
        this.isLong
          ? html`<button class="text" aria-expanded=${this.isOpen} @click=${this.#toggle}>
            ${this.isOpen ? 'Show less' : 'Show all'}
          </button>`
          : nothing
      }
    `;
  }

  override firstUpdated(): void {
    this.#resized.observe(this);
  }

  override updated(): void {
    this.#measure();
  }

  readonly #toggle = (): void => {
    this.isOpen = !this.isOpen;
  };

  #measure(): void {
    const paragraph = this.renderRoot.querySelector('p');
    if (paragraph !== null && !this.isOpen) this.isLong = paragraph.scrollHeight > paragraph.clientHeight + 1;
  }

  static override styles = [
    tokens,
    controls,
    css`
      p {
        margin: 0;
        white-space: pre-line;
        overflow-wrap: anywhere;
      }

      .clamped {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 3;
        line-clamp: 3;
      }

      .text {
        margin-inline-start: -8px;
      }
    `,
  ];
}

define('progress-clamp', ProgressClamp);

declare global {
  interface HTMLElementTagNameMap {
    'progress-clamp': ProgressClamp;
  }
}

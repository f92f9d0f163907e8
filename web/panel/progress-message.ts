import { css, html, LitElement } from 'lit';
import { define } from '../parts/define.js';
import { controls } from '../style/controls.js';
import { tokens } from '../style/tokens.js';

/** A text in a dialog of its own, until it is closed. Fires `pm-closed`. */
export class ProgressMessage extends LitElement {
  static override properties = { text: {} };

  declare text: string;

  constructor() {
    super();
    this.text = '';
  }

  override render() {
    return html`<dialog class="card" aria-labelledby="title" @close=${this.#onClose} @keydown=${this.#onKey}>
      <h2 id="title">Message</h2>
      <p dir="auto" tabindex="0">${this.text}</p>
      <button class="text" autofocus @click=${this.#close}>Close</button>
    </dialog>`;
  }

  override firstUpdated(): void {
    this.#dialog.showModal();
  }

  get #dialog(): HTMLDialogElement {
    return this.renderRoot.querySelector('dialog') as HTMLDialogElement;
  }

  readonly #close = (): void => this.#dialog.close();

  /** It is the dialog that closes. */
  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    this.#close();
  };

  readonly #onClose = (): void => void this.dispatchEvent(new CustomEvent('pm-closed'));

  static override styles = [
    tokens,
    controls,
    css`
      dialog {
        width: min(560px, 100vw - 32px);
        max-height: min(70vh, 640px);
        padding: 16px;
        color: inherit;
      }

      dialog[open] {
        display: flex;
        flex-direction: column;
        gap: 12px;
      }

      dialog::backdrop {
        background: #00000066;
      }

      p {
        flex: 1;
        margin: 0;
        overflow: auto;
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }

      button {
        align-self: end;
      }
    `,
  ];
}

define('progress-message', ProgressMessage);

declare global {
  interface HTMLElementTagNameMap {
    'progress-message': ProgressMessage;
  }
}

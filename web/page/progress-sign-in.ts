import { css, html, LitElement, nothing } from 'lit';
import type { JobClient } from '../client/job-client.js';
import { Problem } from '../client/problem.js';
import { define } from '../parts/define.js';
import { controls } from '../style/controls.js';
import { fields } from '../style/fields.js';
import { tokens } from '../style/tokens.js';

/** Asks for a key. Fires `pm-signed-in` once the server has taken it. */
export class ProgressSignIn extends LitElement {
  static override properties = {
    client: { attribute: false },
    notice: {},
    isSending: { state: true },
    refusal: { state: true },
  };

  declare client: JobClient;
  /** Why one has to sign in, when there is something to say. */
  declare notice: string | undefined;
  declare isSending: boolean;
  declare refusal: string | undefined;

  constructor() {
    super();
    this.isSending = false;
  }

  override render() {
    const refusal = this.refusal ?? this.notice;
    return html`<form class="card" @submit=${this.#onSubmit}>
      <h1>Sign in</h1>
      <div class="field">
        <label for="key">Key</label>
        <input id="key" type="password" autocomplete="current-password" required spellcheck="false"
          aria-describedby="how" />
        <p class="help" id="how">
          A key is made on the server with <code>progress-manager key:add --user you</code>. Or open the sign-in link
          that the server prints when it starts.
        </p>
      </div>
      <div role="alert">${refusal ? html`<p class="refusal">${refusal}</p>` : nothing}</div>
      <button class="solid" aria-disabled=${this.isSending}>${this.isSending ? 'Signing in…' : 'Sign in'}</button>
    </form>`;
  }

  override firstUpdated(): void {
    this.#input()?.focus();
  }

  readonly #onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isSending) return;
    this.isSending = true;
    try {
      await this.client.signIn({ key: this.#input()?.value.trim() ?? '' });
      this.dispatchEvent(new CustomEvent('pm-signed-in', { bubbles: true, composed: true }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.refusal = error.status === 401 ? 'This key is not valid. Check it, or make a new one.' : error.message;
      this.#input()?.select();
    } finally {
      this.isSending = false;
    }
  };

  #input(): HTMLInputElement | null {
    return this.renderRoot.querySelector('input');
  }

  static override styles = [
    tokens,
    controls,
    fields,
    css`
      form {
        gap: 16px;
        max-width: 420px;
        margin: 8vh auto 0;
        padding: 24px;
      }

      h1 {
        margin: 0;
        font-size: 18px;
        line-height: 24px;
      }

      code {
        display: inline-block; /* broken at its hyphens only where it would not fit on a line of its own */
        color: var(--_text);
        font-size: 12px;
      }

      .solid {
        justify-self: start;
      }
    `,
  ];
}

define('progress-sign-in', ProgressSignIn);

declare global {
  interface HTMLElementTagNameMap {
    'progress-sign-in': ProgressSignIn;
  }
}

import { html, LitElement, nothing } from 'lit';
import type { Me } from '../client/job.js';
import { JobClient } from '../client/job-client.js';
import { Poller, type Trouble } from '../client/poller.js';
import { Problem } from '../client/problem.js';
import '../panel/progress-panel.js';
import { define } from '../parts/define.js';
import { strip, stripStyle } from '../parts/strip.js';
import '../start/progress-start.js';
import '../toasts/progress-toasts.js';
import { controls } from '../style/controls.js';
import { tokens } from '../style/tokens.js';
import { pageStyle } from './page-style.js';
import './progress-sign-in.js';
import { takeSignInCode } from './sign-in-code.js';

/** Our own page: who is signed in, one's jobs, and what can be started; or the way in. Attribute: `src`, as the panel's. */
export class ProgressPage extends LitElement {
  static override properties = {
    src: {},
    me: { state: true },
    isSignedOut: { state: true },
    notice: { state: true },
    trouble: { state: true },
    fault: { state: true },
  };

  declare src: string;
  declare me: Me | undefined;
  declare isSignedOut: boolean;
  /** Why the sign-in form is there. */
  declare notice: string | undefined;
  declare trouble: Trouble | undefined;
  /** Why signing out failed. */
  declare fault: string | undefined;
  #client = new JobClient();
  /** Asks who is signed in until there is an answer, then stops. */
  readonly #welcome = new Poller<Me>({
    ask: (signal) => this.#client.me(signal),
    onAnswer: (me) => this.#enter(me),
    onTrouble: (trouble) => {
      this.trouble = trouble;
    },
    onSignedOut: () => this.#leave(),
  });

  constructor() {
    super();
    this.src = '';
    this.isSignedOut = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#client = new JobClient(this.src);
    addEventListener('hashchange', this.#begin);
    void this.#begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('hashchange', this.#begin);
    this.#welcome.stop();
  }

  readonly #begin = async (): Promise<void> => {
    const code = takeSignInCode();
    if (code !== undefined) await this.#spend(code);
    else if (this.me !== undefined) return; // an anchor of the page, not a way in
    this.#welcome.start();
  };

  /** Signs in with a one-time code; a used one may still find an open session. */
  async #spend(code: string): Promise<void> {
    try {
      await this.#client.signIn({ code });
      this.notice = undefined;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.notice = noticeOf(error);
    }
  }

  #enter(me: Me): undefined {
    this.#welcome.stop();
    this.me = me;
    this.isSignedOut = false;
    this.notice = undefined;
  }

  #leave(): void {
    this.me = undefined;
    this.isSignedOut = true;
  }

  override render() {
    return html`
      <div class="top" role="banner">
        <h1>Progress manager</h1>
        ${
          this.me
            ? html`<bdi class="user" title=${this.me.id}>${this.me.id}</bdi>
              <button class="text" @click=${this.#signOut}>Sign out</button>`
            : nothing
        }
      </div>
      ${this.trouble ? strip(this.trouble, this.#welcome.now) : nothing}
      <p class="fault" role="alert" ?hidden=${this.fault === undefined}>${this.fault}</p>
      ${this.#main()}
    `;
  }

  #main() {
    if (this.isSignedOut) {
      return html`<main @pm-signed-in=${this.#onSignedIn}>
        <progress-sign-in .client=${this.#client} .notice=${this.notice}></progress-sign-in>
      </main>`;
    }
    if (this.me === undefined) return html`<main></main>`;
    return html`<main class="two" @pm-signed-out=${this.#onSignedOut} @pm-start=${this.#onStart}>
      <progress-panel .src=${this.src} .me=${this.me.id}></progress-panel>
      <progress-start .src=${this.src}></progress-start>
      <progress-toasts .src=${this.src} .me=${this.me.id}></progress-toasts>
    </main>`;
  }

  readonly #onSignedIn = (): void => this.#welcome.start();

  readonly #onSignedOut = (): void => {
    this.notice = 'Your session has ended. Sign in again.';
    this.#leave();
  };

  readonly #onStart = (event: Event): void => {
    event.preventDefault();
    void this.renderRoot.querySelector('progress-start')?.open();
  };

  readonly #signOut = async (): Promise<void> => {
    try {
      this.fault = undefined;
      await this.#client.signOut();
      this.#leave();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) this.#leave();
      else this.fault = error.message;
    }
  };

  static override styles = [tokens, controls, stripStyle, pageStyle];
}

function noticeOf({ status, message }: Problem): string {
  return status === 0 || status >= 500
    ? message
    : 'This sign-in link has been used already or has expired. Start the server again for a new one, or use a key.';
}

define('progress-page', ProgressPage);

declare global {
  interface HTMLElementTagNameMap {
    'progress-page': ProgressPage;
  }
}

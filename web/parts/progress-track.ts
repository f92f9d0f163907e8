import { html, LitElement, nothing } from 'lit';
import { tokens } from '../style/tokens.js';
import { define } from './define.js';
import type { Tone } from './tone.js';
import { trackStyle } from './track-style.js';

/** A bar 6 px high. `value` in percent, `undefined` while nobody knows how far it is. */
export class ProgressTrack extends LitElement {
  static override properties = {
    value: { attribute: false },
    tone: { reflect: true },
    label: {},
    text: {},
    isStale: { attribute: 'stale', reflect: true, type: Boolean },
  };

  declare value: number | undefined;
  declare tone: Tone;
  /** What moves: the accessible name. */
  declare label: string;
  /** How far it is, in words. */
  declare text: string;
  /** Greyed, because the value may be old. */
  declare isStale: boolean;

  constructor() {
    super();
    this.tone = 'running';
    this.label = '';
    this.text = '';
    this.isStale = false;
  }

  override render() {
    return html`<div
      class=${this.value === undefined ? 'track unknown' : 'track'}
      role="progressbar"
      aria-label=${this.label}
      aria-valuemin="0"
      aria-valuemax="100"
      aria-valuenow=${this.value === undefined ? nothing : Math.floor(this.value)}
      aria-valuetext=${this.text}
    ><div class="fill"></div></div>`;
  }

  // A style attribute in the template would need 'unsafe-inline'; the object model does not.
  override updated(): void {
    const fill = this.renderRoot.querySelector<HTMLElement>('.fill');
    if (this.value === undefined) fill?.style.removeProperty('width');
    else fill?.style.setProperty('width', `${this.value}%`);
  }

  static override styles = [tokens, trackStyle];
}

define('progress-track', ProgressTrack);

declare global {
  interface HTMLElementTagNameMap {
    'progress-track': ProgressTrack;
  }
}

import { css, html, LitElement, nothing } from 'lit';
import { isUnfinished, type JobView } from '../client/job.js';
import { barOf, toneOf } from '../panel/job-facts.js';
import { define } from '../parts/define.js';
import '../parts/progress-track.js';
import { percent } from '../parts/words.js';
import { tokens } from '../style/tokens.js';
import { tones } from '../style/tones.js';
import { StatusFeed, type StatusPlace } from './status-feed.js';

/**
 * How one job stands, in a line of any page: `<progress-status job="18">`, or `group="stock"` for the newest job of a
 * group. All of a page ask together, every 5 s, until their jobs have ended. Attributes: `src`, as the panel's, and
 * `statuses`, those that are shown (`"in_progress error"`; all by default).
 */
export class ProgressStatus extends LitElement implements StatusPlace {
  static override properties = { src: {}, job: {}, group: {}, statuses: {}, view: { state: true } };

  declare src: string;
  declare job: string | undefined;
  declare group: string | undefined;
  declare statuses: string | undefined;
  declare view: JobView | null | undefined;

  constructor() {
    super();
    this.src = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    StatusFeed.at(this.src).add(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    StatusFeed.at(this.src).remove(this);
  }

  override render() {
    if (this.view === undefined) return nothing;
    if (this.view === null) return html`<span class="none" title="There is no such job">–</span>`;
    const shown = this.statuses?.split(/[\s,]+/).filter(Boolean) ?? [];
    if (shown.length > 0 && !shown.includes(this.view.status.key)) return nothing;
    const { value, tone, text } = barOf(this.view);
    const isRunning = isUnfinished(this.view) && this.view.status.key !== 'new';
    return html`<span class="status ${toneOf(this.view)}" title=${this.view.error?.message ?? this.view.name}>
      <i class="dot"></i>${this.view.status.translate}${
        isRunning
          ? html`<progress-track .value=${value} .tone=${tone} .label=${this.view.name} .text=${text}></progress-track>
            ${value === undefined ? nothing : percent(value)}`
          : nothing
      }
    </span>`;
  }

  static override styles = [
    tokens,
    tones,
    css`
      :host {
        display: inline-block;
        min-height: 20px;
      }

      .status {
        display: inline-flex;
        gap: 6px;
        align-items: center;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }

      progress-track {
        width: 64px;
      }

      .none {
        color: var(--_muted);
      }
    `,
  ];
}

define('progress-status', ProgressStatus);

declare global {
  interface HTMLElementTagNameMap {
    'progress-status': ProgressStatus;
  }
}

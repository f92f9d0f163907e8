import { css, html } from 'lit';
import type { Trouble } from '../client/poller.js';

/** The quiet strip "No connection – trying again in 5 s". */
export function strip({ text, seconds }: Trouble, tryNow: () => void) {
  return html`<div class="strip">
    <span>${text.replace(/\.$/, '')} – trying again in ${seconds} s</span>
    <button class="text" @click=${tryNow}>Try now</button>
  </div>`;
}

/** How the strip looks; goes with `tokens` and `controls`. */
export const stripStyle = css`
  .strip {
    display: flex;
    gap: 8px;
    align-items: center;
    justify-content: space-between;
    padding: 4px 8px 4px 16px;
    background: var(--_hover);
    color: var(--_muted);
    font-size: 13px;
    font-variant-numeric: tabular-nums;
  }
`;

import { css } from 'lit';

/** How the panel looks; goes with `tokens` and `controls`. */
export const panelStyle = css`
  :host {
    min-width: 0;
  }

  header {
    display: flex;
    gap: 8px;
    align-items: baseline;
    justify-content: space-between;
    padding: 12px 16px;
    border-block-end: 1px solid var(--_border);
  }

  .summary {
    color: var(--_muted);
    font-size: 13px;
    line-height: 16px; /* the header stays as high as one without it */
    font-variant-numeric: tabular-nums;
  }

  ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }

  li + li {
    border-block-start: 1px solid var(--_border);
  }

  .strip {
    border-block-end: 1px solid var(--_border);
  }

  .fold {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-height: 40px;
    padding: 0 16px;
    border-block: 1px solid var(--_border);
    background: var(--_hover);
  }

  .fold:first-child {
    border-block-start: 0;
  }

  .fold h3 {
    margin: 0;
    font-size: 13px;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }

  .fold .text {
    margin-inline-end: -8px;
  }

  .fold .text:hover {
    background: var(--_ground);
  }

  .note {
    margin: 0;
    padding: 12px 16px;
    color: var(--_muted);
    font-size: 13px;
  }

  li.note {
    text-align: center;
  }

  .empty {
    display: grid;
    gap: 16px;
    justify-items: center;
    padding: 40px 16px;
    text-align: center;
  }

  .empty p {
    max-width: 40ch;
    margin: 0;
    color: var(--_muted);
  }

  .first {
    min-height: 120px;
    display: grid;
    place-items: center;
  }

  progress-start {
    width: 100%;
    text-align: start;
  }
`;

import { css } from 'lit';

/** How the list of forms looks; goes with `tokens` and `controls`. */
export const startStyle = css`
  header,
  .note {
    margin: 0;
    padding: 12px 16px;
  }

  .note {
    color: var(--_muted);
    font-size: 13px;
  }

  .offer,
  .note {
    border-block-start: 1px solid var(--_border);
  }

  .title {
    display: flex;
    gap: 8px;
    align-items: center;
    justify-content: space-between;
    width: 100%;
    min-height: 44px;
    padding: 8px 16px;
    border: 0;
    background: none;
    color: inherit;
    font-weight: 600;
    text-align: start;
    overflow-wrap: anywhere;
  }

  .title:hover {
    background: var(--_hover);
  }

  .title:focus-visible {
    outline-offset: -2px;
  }

  svg {
    flex: none;
    width: 16px;
    height: 16px;
    fill: none;
    stroke: var(--_muted);
    stroke-width: 1.5;
  }

  [aria-expanded='true'] svg {
    transform: rotate(180deg);
  }

  progress-start-form {
    padding: 4px 16px 16px;
  }

  :host(.inside) .card {
    border: 0;
    box-shadow: none;
  }
`;

import { css } from 'lit';

/** Buttons and the card they lie on. */
export const controls = css`
  button,
  a.text,
  summary {
    cursor: pointer;
    border-radius: 4px;
  }

  :focus-visible {
    outline: 2px solid var(--_action);
    outline-offset: 1px;
  }

  .text {
    display: inline-block;
    min-height: 28px;
    padding: 4px 8px;
    border: 0;
    background: none;
    color: var(--_action);
    font-size: 13px;
    font-weight: 500;
    text-decoration: none;
    white-space: nowrap;
  }

  .text:hover {
    background: var(--_hover);
  }

  .text.danger {
    color: var(--_error-text);
  }

  .text:active,
  .solid:active {
    transform: translateY(1px);
  }

  [aria-disabled='true'] {
    color: var(--_muted);
    cursor: default;
  }

  .solid {
    min-height: 36px;
    padding: 8px 16px;
    border: 0;
    border-radius: 6px;
    background: var(--_button);
    color: var(--_button-text);
    font-weight: 600;
  }

  .solid:hover {
    filter: brightness(0.92);
  }

  .solid[aria-disabled='true'] {
    background: var(--_track);
    color: var(--_muted);
    filter: none;
  }

  .card {
    border: 1px solid var(--_border);
    border-radius: 8px;
    background: var(--_ground);
    box-shadow: var(--_shadow);
  }

  h2 {
    margin: 0;
    font-size: 14px;
    line-height: 20px;
    font-weight: 600;
  }

  @media (pointer: coarse) {
    .text,
    .solid {
      min-height: 40px;
      padding-block: 10px;
    }
  }
`;

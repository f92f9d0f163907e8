import { css } from 'lit';

/** How the badge looks; goes with `tokens` and `controls`. */
export const badgeStyle = css`
  :host {
    position: relative;
    display: inline-block;
  }

  button {
    display: flex;
    gap: 6px;
    align-items: center;
    min-width: 36px;
    min-height: 36px;
    padding: 8px;
    border: 0;
    background: none;
    color: var(--_text);
  }

  button:hover,
  :host([open]) button {
    background: var(--_hover);
  }

  svg {
    width: 20px;
    height: 20px;
    fill: none;
    stroke: currentColor;
    stroke-width: 2.5;
    stroke-linecap: round;
  }

  .track {
    stroke: var(--_track);
  }

  .count {
    min-width: 20px;
    padding: 0 6px;
    border-radius: 10px;
    background: var(--_button);
    color: var(--_button-text);
    font-size: 12px;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
    text-align: center;
  }

  .sheet {
    position: absolute;
    z-index: 1000;
    left: 0;
    top: calc(100% + 8px);
    width: 420px;
    max-height: min(70vh, 560px);
    overflow: auto;
    border-radius: 8px;
    box-shadow: 0 8px 24px light-dark(#1f232833, #000000b3);
  }

  :host([leftwards]) .sheet {
    right: 0;
    left: auto;
  }

  @media (max-width: 767px) {
    .sheet,
    :host([leftwards]) .sheet {
      position: fixed;
      right: 0;
      left: 0;
      top: var(--pm-badge-top, 56px);
      width: auto;
    }
  }

  @media (pointer: coarse) {
    button {
      min-width: 40px;
      min-height: 40px;
    }
  }
`;

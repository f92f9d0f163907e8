import { css } from 'lit';

/** How the menu of a row looks; goes with `tokens` and `controls`. */
export const menuStyle = css`
  :host {
    position: relative;
  }

  .dots {
    width: 28px;
    padding-inline: 0;
    color: var(--_muted);
    font-size: 16px;
    text-align: center;
  }

  .menu {
    position: absolute;
    inset: 100% 0 auto auto;
    z-index: 1;
    width: max-content;
    min-width: 140px;
    max-width: min(280px, 80vw);
    padding: 4px;
    box-shadow: 0 4px 16px light-dark(#1f232829, #00000099);
  }

  .menu:dir(rtl) {
    inset: 100% auto auto 0;
  }

  .item {
    display: block;
    width: 100%;
    padding: 6px 12px;
    border: 0;
    background: none;
    color: var(--_text);
    text-align: start;
    overflow-wrap: anywhere;
  }

  .item:hover,
  .item:focus {
    background: var(--_hover);
  }

  @media (pointer: coarse) {
    .dots {
      width: 40px;
    }

    .item {
      padding-block: 12px;
    }
  }
`;

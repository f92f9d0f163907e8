import { css } from 'lit';

/** How the page lies; goes with `tokens` and `controls`. */
export const pageStyle = css`
  :host {
    min-height: 100vh;
  }

  .top {
    display: flex;
    gap: 16px;
    align-items: center;
    min-height: 48px;
    padding: 4px max(16px, (100% - 1100px) / 2);
    border-block-end: 1px solid var(--_border);
    background: var(--_ground);
  }

  h1 {
    flex: none;
    margin: 0;
    margin-inline-end: auto;
    font-size: 16px;
    line-height: 24px;
    font-weight: 600;
  }

  .user {
    min-width: 0;
    overflow: hidden;
    color: var(--_muted);
    font-size: 13px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .top .text {
    flex: none;
    margin-inline-end: -8px;
  }

  main {
    display: grid;
    gap: 16px;
    max-width: 1132px;
    margin: 0 auto;
    padding: 16px;
  }

  .fault {
    max-width: 1100px;
    margin: 12px auto 0;
    padding: 0 16px;
    color: var(--_error-text);
  }

  @media (min-width: 900px) {
    main.two {
      grid-template-columns: minmax(0, 1fr) 340px;
      align-items: start;
      padding-block: 24px;
    }
  }
`;

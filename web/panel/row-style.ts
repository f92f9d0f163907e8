import { css } from 'lit';

/** How a row looks; goes with `tokens` and `controls`. */
export const rowStyle = css`
  .row {
    padding: 10px 16px;
    outline-offset: -3px;
  }

  .line {
    display: flex;
    gap: 8px;
    align-items: center;
    min-height: 28px;
  }

  .title {
    display: flex;
    flex: 1;
    min-width: 0;
  }

  .name {
    min-width: 0;
    overflow: hidden;
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .status {
    display: flex;
    flex: none;
    gap: 6px;
    align-items: center;
    font-size: 13px;
  }

  .check {
    flex: none;
    width: 14px;
    height: 14px;
    margin-inline-end: -3px;
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
    animation: appear 300ms linear;
  }

  @keyframes appear {
    from {
      opacity: 0;
    }
  }

  progress-menu {
    flex: none;
    width: 28px;
    margin-inline-end: -8px;
  }

  .bar {
    display: flex;
    gap: 12px;
    align-items: center;
    height: 20px;
  }

  progress-track {
    flex: 1;
  }

  .percent {
    flex: none;
    min-width: 44px;
    font-variant-numeric: tabular-nums;
    text-align: end;
  }

  .facts {
    min-width: 0;
    margin-inline-end: auto;
    color: var(--_muted);
    font-size: 13px;
    font-variant-numeric: tabular-nums;
    overflow-wrap: anywhere;
  }

  .facts > * {
    white-space: nowrap;
  }

  .bad {
    color: var(--_error-text);
  }

  .main {
    flex: none;
    margin-inline-end: -8px;
  }

  .main ~ .main {
    margin-inline-start: -4px;
  }

  [aria-busy='true'] {
    animation: pulse 800ms ease-in-out infinite alternate;
  }

  @keyframes pulse {
    to {
      opacity: 0.5;
    }
  }

  .message {
    display: flex;
    min-height: 20px;
    color: var(--_muted);
    font-size: 13px;
  }

  .message span {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .refusal {
    margin: 0 0 4px;
    color: var(--_error-text);
    font-size: 13px;
    overflow-wrap: anywhere;
  }

  @media (pointer: coarse) {
    progress-menu {
      width: 40px;
    }
  }
`;

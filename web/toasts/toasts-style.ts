import { css } from 'lit';

/** How toasts look and where they stand; goes with `tokens` and `controls`. */
export const toastsStyle = css`
  .stack {
    position: fixed;
    z-index: 1001;
    inset-inline-end: 16px;
    bottom: 16px;
    display: flex;
    flex-direction: column;
    gap: 8px;
    width: min(360px, 100vw - 32px);
    pointer-events: none;
  }

  .toast {
    display: flex;
    gap: 8px;
    align-items: start;
    margin: 0;
    padding: 12px;
    padding-inline-start: 16px;
    border-inline-start: 4px solid var(--_success);
    box-shadow: 0 8px 24px light-dark(#1f232833, #000000b3);
    pointer-events: auto;
    animation: enter 0.15s ease-out;
  }

  .toast.error {
    border-inline-start-color: var(--_error);
  }

  .toast.more {
    border-inline-start-color: var(--_rest);
    color: var(--_muted);
    font-size: 13px;
  }

  .text-of {
    flex: 1;
    min-width: 0;
  }

  .text-of p {
    margin: 0;
    overflow-wrap: anywhere;
    font-weight: 600;
  }

  progress-clamp {
    margin-block-start: 4px;
    color: var(--_error-text);
    font-size: 13px;
  }

  .text {
    flex: none;
    min-height: 24px;
    margin: -2px -4px 0 0;
    padding: 2px 6px;
    color: var(--_muted);
  }

  @keyframes enter {
    from {
      opacity: 0;
      transform: translateY(8px);
    }
  }
`;

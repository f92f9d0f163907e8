import { css } from 'lit';

/** The words of a status in the colour of its tone, and its dot; goes with `tokens`. */
export const tones = css`
  .dot {
    flex: none;
    width: 8px;
    height: 8px;
    border-radius: 4px;
    background: currentColor;
  }

  .new {
    color: var(--_new-text);
  }
  .running {
    color: var(--_running-text);
  }
  .success {
    color: var(--_success-text);
  }
  .error {
    color: var(--_error-text);
  }
  .rest,
  .paused {
    color: var(--_rest-text);
  }

  .new .dot {
    background: var(--_new);
  }
  .running .dot {
    background: var(--_running);
  }
  .success .dot {
    background: var(--_success);
  }
  .error .dot {
    background: var(--_error);
  }
  .rest .dot,
  .paused .dot {
    background: var(--_rest);
  }
`;

import { css } from 'lit';

/** How a bar looks; goes with `tokens`. */
export const trackStyle = css`
  .track {
    height: 6px;
    overflow: hidden;
    border-radius: 3px;
    background: var(--_track);
  }

  .fill {
    height: 100%;
    border-radius: 3px;
    background: var(--_hue);
    transition: width 300ms linear;
  }

  :host {
    --_hue: var(--_running);
  }

  :host([tone='new']) {
    --_hue: var(--_new);
  }

  :host([tone='success']) {
    --_hue: var(--_success);
  }

  :host([tone='error']) {
    --_hue: var(--_error);
  }

  :host([tone='rest']),
  :host([tone='paused']) {
    --_hue: var(--_rest);
  }

  :host([tone='paused']) .fill {
    background: repeating-linear-gradient(-45deg, var(--_rest) 0 4px, var(--_track) 4px 8px);
  }

  :host([stale]) .fill {
    filter: grayscale(1);
    opacity: 0.6;
  }

  .unknown .fill {
    width: 30%;
    transition: none;
    animation: wander 1.6s ease-in-out infinite alternate;
  }

  @keyframes wander {
    from {
      margin-inline-start: 0;
    }
    to {
      margin-inline-start: 70%;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    .unknown .fill {
      width: 100%;
      background: repeating-linear-gradient(90deg, var(--_hue) 0 8px, var(--_track) 8px 16px);
    }
  }

  @media (forced-colors: active) {
    .track {
      border: 1px solid CanvasText;
    }

    .fill {
      background: Highlight;
      forced-color-adjust: none;
    }
  }
`;

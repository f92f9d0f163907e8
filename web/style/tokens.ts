import { css } from 'lit';

/**
 * What our elements are drawn with. A host overrides a value by setting the `--pm-*` property on the element or on
 * anything around it; light or dark follows the host's `color-scheme`. Text has at least 4.5 : 1 on its ground.
 */
export const tokens = css`
  :host {
    --_text: var(--pm-text, light-dark(#1f2328, #e6e8eb));
    --_muted: var(--pm-muted, light-dark(#59616b, #a0a8b3));
    --_ground: var(--pm-ground, light-dark(#ffffff, #1b1e23));
    --_hover: var(--pm-hover, light-dark(#f0f2f5, #282c33));
    --_border: var(--pm-border, light-dark(#dfe2e6, #343941));
    --_field-border: var(--pm-field-border, light-dark(#868e99, #757e8a));
    --_track: var(--pm-track, light-dark(#e6e8ec, #343941));
    --_action: var(--pm-action, light-dark(#0b5cad, #82b9f2));
    --_button: var(--pm-button, light-dark(#0b5cad, #1f6fbf));
    --_button-text: var(--pm-button-text, #ffffff);
    --_shadow: var(--pm-shadow, 0 1px 3px light-dark(#1f232814, #00000066));
    --_font: var(--pm-font, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif);

    --_new: var(--pm-new, #5bc0de);
    --_new-text: var(--pm-new-text, light-dark(#0f6685, #5bc0de));
    --_running: var(--pm-running, var(--pm-accent, #ef990e));
    --_running-text: var(--pm-running-text, light-dark(#8a5300, #f0a63a));
    --_error: var(--pm-error, #cf605d);
    --_error-text: var(--pm-error-text, light-dark(#a8322f, #f09a97));
    --_success: var(--pm-success, #85b75f);
    --_success-text: var(--pm-success-text, light-dark(#3f6f1c, #9bca77));
    --_rest: var(--pm-rest, light-dark(#9aa2ad, #7d8692));
    --_rest-text: var(--pm-rest-text, light-dark(#59616b, #a0a8b3));
  }

  :host,
  button,
  input,
  select {
    font: 400 14px/20px var(--_font);
  }

  :host {
    display: block;
    box-sizing: border-box;
    color: var(--_text);
    text-align: start;
  }

  :host([hidden]),
  [hidden] {
    display: none !important;
  }

  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`;

import { css } from 'lit';

/** Labels, inputs and what is said about them. */
export const fields = css`
  form {
    display: grid;
    gap: 12px;
  }

  form > [role='alert'] {
    display: contents; /* no gap while there is nothing to say */
  }

  .field {
    display: grid;
    gap: 4px;
    min-width: 0;
  }

  label,
  .label {
    font-size: 13px;
    font-weight: 600;
  }

  .optional,
  .help {
    color: var(--_muted);
    font-size: 13px;
    font-weight: 400;
  }

  .help {
    margin: 0;
    overflow-wrap: anywhere;
  }

  input:not([type='checkbox']),
  select {
    width: 100%;
    min-width: 0;
    min-height: 36px;
    padding: 7px 10px;
    border: 1px solid var(--_field-border);
    border-radius: 6px;
    background: var(--_ground);
    color: inherit;
  }

  select {
    padding-inline: 6px;
  }

  input[type='file'] {
    padding: 5px;
    font-size: 13px;
  }

  input::file-selector-button {
    margin-inline-end: 8px;
    padding: 3px 8px;
    border: 1px solid var(--_border);
    border-radius: 4px;
    background: var(--_hover);
    color: inherit;
    font: inherit;
    cursor: pointer;
  }

  .check {
    display: flex;
    gap: 8px;
    align-items: start;
  }

  .check input {
    width: 16px;
    height: 16px;
    margin: 2px 0;
    accent-color: var(--_button);
  }

  .refusal {
    margin: 0;
    padding: 8px 12px;
    border-inline-start: 3px solid var(--_error);
    border-radius: 3px;
    background: var(--_hover);
    color: var(--_error-text);
    overflow-wrap: anywhere;
  }

  .done {
    margin: 0;
    color: var(--_success-text);
    overflow-wrap: anywhere;
  }

  @media (pointer: coarse) {
    input:not([type='checkbox']),
    select {
      min-height: 44px;
      font-size: 16px; /* smaller text makes phones zoom in */
    }
  }
`;

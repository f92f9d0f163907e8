import { html, nothing } from 'lit';
import type { Field } from './schema-fields.js';

/** Label, input and help of one field. Inputs are named by the field's key and keep what is typed. */
export function fieldInput(field: Field) {
  const help = field.help === undefined ? nothing : html`<p class="help" id="help-${field.key}">${field.help}</p>`;
  if (field.kind === 'boolean') {
    return html`<div class="field"><label class="check">${checkbox(field)}<span>${field.label}</span></label>${help}</div>`;
  }
  return html`<div class="field">
    <label for=${`field-${field.key}`}>${field.label}${optional(field.isRequired)}</label>
    ${field.kind === 'choice' ? select(field) : input(field)}
    ${help}
  </div>`;
}

/** "(optional)" behind the label of what may be left out. */
export function optional(isRequired: boolean) {
  return isRequired ? nothing : html` <span class="optional">(optional)</span>`;
}

/** The years of an ISO text have four digits. */
const LATEST = { date: '9999-12-31', 'datetime-local': '9999-12-31T23:59' } as const;

function input(field: Field) {
  const isNumber = field.kind === 'number';
  const type = field.kind === 'date-time' ? 'datetime-local' : field.kind;
  return html`<input
    id=${`field-${field.key}`}
    name=${field.key}
    type=${type}
    dir=${field.kind === 'text' ? 'auto' : nothing}
    value=${field.initial === undefined ? nothing : String(field.initial)}
    step=${isNumber ? (field.step ?? 'any') : nothing}
    min=${field.minimum ?? nothing}
    max=${field.maximum ?? (type === 'date' || type === 'datetime-local' ? LATEST[type] : nothing)}
    maxlength=${field.maxLength ?? nothing}
    ?required=${field.isRequired}
    aria-describedby=${describedBy(field)}
    autocomplete="off"
  />`;
}

function select(field: Field) {
  return html`<select id=${`field-${field.key}`} name=${field.key} ?required=${field.isRequired} aria-describedby=${describedBy(field)}>
    ${field.isRequired ? nothing : html`<option value=""></option>`}
    ${field.choices.map((choice) => html`<option value=${choice} ?selected=${choice === field.initial}>${choice}</option>`)}
  </select>`;
}

function checkbox(field: Field) {
  return html`<input name=${field.key} type="checkbox" ?checked=${field.initial === true} aria-describedby=${describedBy(field)} />`;
}

function describedBy(field: Field) {
  return field.help === undefined ? nothing : `help-${field.key}`;
}

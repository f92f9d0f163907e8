import { html } from 'lit';
import type { JobAction } from '../client/job.js';
import type { Link } from '../client/link.js';

/** How one action is shown: as a link where it leads somewhere, otherwise as a button. */
export interface ActionControl {
  readonly action: JobAction;
  readonly link: Link | undefined;
  /** What is read instead of the label while the server is being told. */
  readonly busyLabel: string | undefined;
  readonly isDisabled: boolean;
  readonly press: () => void;
}

/** The action as a text button. Disabled by aria only, so that it keeps the focus. */
export function actionButton({ action, link, busyLabel, isDisabled, press }: ActionControl) {
  if (link !== undefined) return actionLink(action, link);
  return html`<button
    class="text main"
    data-action=${action.type}
    aria-disabled=${isDisabled}
    aria-busy=${busyLabel !== undefined}
    @click=${press}
  >${busyLabel ?? action.label}</button>`;
}

function actionLink(action: JobAction, { href, isDownload }: Link) {
  return isDownload
    ? html`<a class="text main" data-action=${action.type} href=${href} download>${action.label}</a>`
    : html`<a class="text main" data-action=${action.type} href=${href} target="_blank" rel="noopener">${action.label}</a>`;
}

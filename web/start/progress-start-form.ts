import { css, html, LitElement, nothing } from 'lit';
import type { JobTypeView } from '../client/job.js';
import type { JobClient } from '../client/job-client.js';
import { Problem } from '../client/problem.js';
import { define } from '../parts/define.js';
import '../parts/progress-track.js';
import { percent, size } from '../parts/words.js';
import { controls } from '../style/controls.js';
import { fields } from '../style/fields.js';
import { tokens } from '../style/tokens.js';
import { fieldInput } from './field-input.js';
import { type FormShape, typedValue } from './schema-fields.js';
import { Starter } from './starter.js';

/** The form that starts a job of one type. Fires `pm-started` with the new job as `detail`. */
export class ProgressStartForm extends LitElement {
  static override properties = {
    type: { attribute: false },
    shape: { attribute: false },
    client: { attribute: false },
    isSending: { state: true },
    upload: { state: true },
    refusal: { state: true },
    started: { state: true },
  };

  declare type: JobTypeView;
  declare shape: FormShape;
  declare client: JobClient;
  declare isSending: boolean;
  /** How far the upload is, in bytes. */
  declare upload: { readonly sent: number; readonly size: number } | undefined;
  declare refusal: string | undefined;
  declare started: string | undefined;
  #starter: Starter | undefined;
  #stop: AbortController | undefined;

  constructor() {
    super();
    this.isSending = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.abort();
  }

  override render() {
    return html`<form @submit=${this.#onSubmit} @input=${this.#onInput}>
      <div class="field">
        <label for="job-name">Name</label>
        <input id="job-name" dir="auto" value=${this.type.label} required maxlength="255" autocomplete="off" />
      </div>
      ${this.shape.accept === undefined ? nothing : this.#filePicker(this.shape.accept)}
      ${this.shape.fields.map(fieldInput)}
      ${this.upload ? this.#uploadBar(this.upload) : nothing}
      <div role="alert">${this.refusal ? html`<p class="refusal">${this.refusal}</p>` : nothing}</div>
      <div class="foot">
        <button class="solid" aria-disabled=${this.isSending}>${this.isSending ? 'Starting…' : 'Start'}</button>
        <p class="done" role="status">${this.started}</p>
      </div>
    </form>`;
  }

  #filePicker(accept: string) {
    return html`<div class="field">
      <label for="job-file">File</label>
      <input id="job-file" type="file" accept=${accept || nothing} required />
    </div>`;
  }

  #uploadBar({ sent, size: whole }: { readonly sent: number; readonly size: number }) {
    const value = whole === 0 ? 100 : (sent / whole) * 100;
    const text = `${size(sent)} of ${size(whole)}`;
    return html`<div class="upload">
      <progress-track .value=${value} label="Upload" .text=${`${percent(value)}, ${text}`}></progress-track>
      <span>Uploading ${text}</span>
      <button type="button" class="text" @click=${() => this.#stop?.abort()}>Stop</button>
    </div>`;
  }

  readonly #onInput = (): void => {
    this.#starter?.changed();
    this.started = undefined;
  };

  readonly #onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.isSending) return;
    this.isSending = true;
    this.refusal = undefined;
    this.started = undefined;
    try {
      await this.#start();
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.isSending = false;
      this.upload = undefined;
    }
  };

  async #start(): Promise<void> {
    this.#starter ??= new Starter(this.client);
    this.#stop = new AbortController();
    const picker = this.renderRoot.querySelector<HTMLInputElement>('#job-file');
    const name = this.renderRoot.querySelector<HTMLInputElement>('#job-name')?.value ?? '';
    const file = picker?.files?.[0];
    const onProgress = (sent: number): void => {
      this.upload = file && { sent: Math.min(sent, file.size), size: file.size };
    };
    const filled = { name, type: this.type.type, data: this.#data() };
    const job = await this.#starter.start(filled, file, onProgress, this.#stop.signal);
    if (picker) picker.value = '';
    this.started = `Started as job ${job.number}.`;
    this.dispatchEvent(new CustomEvent('pm-started', { detail: job, bubbles: true, composed: true }));
  }

  #refuse(error: unknown): void {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    if (error instanceof Problem && error.status === 401) {
      this.dispatchEvent(new CustomEvent('pm-signed-out', { bubbles: true, composed: true }));
    }
    this.refusal = error instanceof Error ? error.message : String(error);
  }

  #data(): Record<string, unknown> {
    const typed = this.shape.fields.map((field) => {
      const element = this.#inputOf(field.key);
      const isChecked = element instanceof HTMLInputElement && element.checked;
      return [field.key, typedValue(field, element?.value ?? '', isChecked)] as const;
    });
    return Object.fromEntries(typed.filter(([, value]) => value !== undefined));
  }

  #inputOf(name: string): HTMLInputElement | HTMLSelectElement | null {
    return this.renderRoot.querySelector(`[name="${CSS.escape(name)}"]`);
  }

  static override styles = [
    tokens,
    controls,
    fields,
    css`
      .foot {
        display: flex;
        flex-wrap: wrap;
        gap: 12px;
        align-items: center;
      }

      .upload {
        display: grid;
        grid-template-columns: 1fr auto;
        align-items: center;
        color: var(--_muted);
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }

      .upload .text {
        margin-inline-end: -8px;
      }

      .upload progress-track {
        grid-column: 1 / -1;
      }
    `,
  ];
}

define('progress-start-form', ProgressStartForm);

declare global {
  interface HTMLElementTagNameMap {
    'progress-start-form': ProgressStartForm;
  }
}

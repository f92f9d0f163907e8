import { bounded, describeError } from '../contracts/describe-error.js';

/** Takes out of a text what must not be stored; done before a text is cut, since half of a secret is told otherwise. */
export interface Masking {
  hide(text: string): string;
  /** Of a text that is JSON, and stays it. */
  hideInJson(text: string): string;
}

export const NOTHING_HIDDEN: Masking = { hide: (text) => text, hideInJson: (text) => text };

/** Details of one line, bytes of JSON. */
export const LONGEST_DETAILS = 16_384;

/** What a job says, as a text that can be stored: well-formed, at most 8 KiB, without NUL. Never throws. */
export function messageText(said: unknown, { hide } = NOTHING_HIDDEN): string {
  return bounded(typeof said === 'string' ? hide(said) : describeError(said, hide)).replaceAll('\0', '\ufffd');
}

/**
 * Details as JSON; `undefined` for none. What JSON cannot say, and what is too long, becomes a text that says so.
 * Never throws.
 */
export function detailsText(details: unknown, { hide, hideInJson } = NOTHING_HIDDEN): string | undefined {
  if (details === undefined) return undefined;
  try {
    const json = JSON.stringify(details, plain) ?? JSON.stringify(`(a ${typeof details}, which JSON cannot say)`);
    const text = hideInJson(json);
    return Buffer.byteLength(text) <= LONGEST_DETAILS ? text : shortened(text);
  } catch (error) {
    return JSON.stringify(`(cannot be written as JSON: ${describeError(error, hide).slice(0, 500)})`);
  }
}

/** The beginning, as a text: half of a JSON document is none. */
function shortened(text: string): string {
  // A quote within becomes two characters.
  const beginning = text.slice(0, LONGEST_DETAILS / 8).toWellFormed();
  return JSON.stringify(`(${text.length} characters of JSON, cut) ${beginning}…`);
}

/** What people log most often and JSON leaves out or refuses. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Error) return { ...value, name: value.name, message: describeError(value) };
  return value;
}

import { MASK } from '../contracts/secret.js';

/** Deeper than this a log line is not looked into. */
const MOST_DEPTH = 8;

/** Takes the values of secrets out of what is stored or logged, also as they stand in an address, in JSON or in base64. */
export class Mask {
  /** The longest first: one secret may be a part of another. */
  readonly #forms: readonly string[];

  constructor(values: readonly string[]) {
    this.#forms = [...new Set(values.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  }

  readonly hide = (text: string): string => this.#forms.reduce((masked, form) => masked.replaceAll(form, MASK), text);

  /** JSON text whose texts, and names, are masked. */
  hideInJson(text: string): string {
    return JSON.stringify(this.#hideIn(JSON.parse(text), Number.POSITIVE_INFINITY));
  }

  /** A copy of the fields of a log line. */
  hideInFields(fields: object): object {
    return this.#hideIn(fields, MOST_DEPTH) as object;
  }

  #hideIn(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.hide(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth === 0) return MASK;
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') return this.#hideIn(toJSON.call(value), depth - 1);
    if (Array.isArray(value)) return value.map((each) => this.#hideIn(each, depth - 1));
    return Object.fromEntries(entriesOf(value).map(([key, each]) => [this.hide(key), this.#hideIn(each, depth - 1)]));
  }
}

/** An error's words are no enumerable properties of it. */
function entriesOf(value: object): [string, unknown][] {
  const { name, message, stack, cause } = value as Partial<Error>;
  const words = value instanceof Error ? Object.entries({ name, message, stack, cause }) : [];
  return [...words.filter(([, word]) => word !== undefined), ...Object.entries(value)];
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const base64 = bytes.toString('base64');
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    base64,
    base64.replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
}

/** One input of a start form. */
export interface Field {
  readonly key: string;
  readonly label: string;
  readonly help: string | undefined;
  /** `date-time`: typed in the time zone of the page, pushed as ISO 8601 in UTC. */
  readonly kind: 'text' | 'date' | 'date-time' | 'email' | 'url' | 'number' | 'boolean' | 'choice';
  readonly isRequired: boolean;
  readonly initial: string | number | boolean | undefined;
  /** The values of a choice. */
  readonly choices: readonly (string | number)[];
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** Of a number: 1 for integers. */
  readonly step: number | undefined;
  readonly maxLength: number | undefined;
}

/** A start form: its inputs, and the kinds of files it takes (`''`: any) when it takes one. */
export interface FormShape {
  readonly fields: readonly Field[];
  readonly accept: string | undefined;
}

type Plain = Readonly<Record<string, unknown>>;

/**
 * The form for a JSON Schema (draft 2020-12): a flat object of strings, enums, numbers, integers and booleans, and one
 * file with `"x-files": 1`. `undefined` when the schema says more than such a form can ask for.
 */
export function formOf(schema: unknown): FormShape | undefined {
  if (!isPlain(schema) || schema.type !== 'object') return undefined;
  const properties = schema.properties ?? {};
  const isFlat = isPlain(properties) && !['anyOf', 'oneOf', 'allOf', 'not', 'if', '$ref'].some((key) => key in schema);
  const files = schema['x-files'] ?? 0;
  if (!isFlat || (files !== 0 && files !== 1)) return undefined;
  const required = Array.isArray(schema.required) ? schema.required : [];
  const fields = Object.entries(properties).map(([key, property]) => fieldOf(key, property, required.includes(key)));
  if (fields.includes(undefined)) return undefined;
  return { fields: fields.filter((field) => field !== undefined), accept: files === 1 ? acceptOf(schema) : undefined };
}

/** What was typed, as the value to push; `undefined` for an optional input that was left empty. */
export function typedValue(field: Field, typed: string, isChecked: boolean): unknown {
  if (field.kind === 'boolean') return isChecked;
  if (typed === '' && !(field.isRequired && field.kind === 'text')) return undefined;
  if (field.kind === 'number') return Number(typed);
  if (field.kind === 'date-time') return new Date(typed).toISOString();
  return field.kind === 'choice' ? field.choices.find((choice) => String(choice) === typed) : typed;
}

function fieldOf(key: string, property: unknown, isRequired: boolean): Field | undefined {
  if (!isPlain(property)) return undefined;
  const choices = Array.isArray(property.enum) ? property.enum.filter(isChoice) : [];
  const kind = choices.length > 0 ? 'choice' : kindOf(property);
  if (kind === undefined || (Array.isArray(property.enum) && choices.length < property.enum.length)) return undefined;
  const initial = property.default;
  return {
    key,
    kind,
    choices,
    isRequired,
    label: textOf(property.title) ?? wordsOf(key),
    help: textOf(property.description),
    initial: kind === 'date-time' ? localTime(initial) : initialOf(initial),
    minimum: numberOf(property.minimum),
    maximum: numberOf(property.maximum),
    step: property.type === 'integer' ? 1 : undefined,
    maxLength: numberOf(property.maxLength),
  };
}

const KINDS: Readonly<Record<string, Field['kind']>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
};

/** Of the formats of JSON Schema those that browsers have an input for; of others the text is typed as it is. */
const FORMATS: Readonly<Record<string, Field['kind']>> = {
  date: 'date',
  'date-time': 'date-time',
  email: 'email',
  uri: 'url',
};

function kindOf({ type, format }: Plain): Field['kind'] | undefined {
  const kind = Object.hasOwn(KINDS, String(type)) ? KINDS[String(type)] : undefined;
  return kind === 'text' && Object.hasOwn(FORMATS, String(format)) ? FORMATS[String(format)] : kind;
}

function initialOf(value: unknown): Field['initial'] {
  return isChoice(value) || typeof value === 'boolean' ? value : undefined;
}

/** `2026-01-31T08:00:00Z` as the page's clocks show it, to the minute: `2026-01-31T09:00`. */
function localTime(value: unknown): string | undefined {
  const date = new Date(typeof value === 'string' ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) return undefined;
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function acceptOf(schema: Plain): string {
  const accept = schema['x-accept'];
  return Array.isArray(accept) ? accept.join(',') : (textOf(accept) ?? '');
}

/** `batchSize` or `batch_size` → "Batch size". */
function wordsOf(key: string): string {
  const words = key
    .replace(/[_-]+/g, ' ')
    .replace(/([a-z])([A-Z])/g, (_, end, start) => `${end} ${start.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isChoice(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

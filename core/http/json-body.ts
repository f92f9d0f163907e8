import { InvalidInputError } from '../contracts/errors.js';
import { readText } from './body-text.js';
import { HttpError } from './http-error.js';

const MAX_DEPTH = 32;
export const MAX_NODES = 10_000;
const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'];
const JSON_ALONE = '"Content-Type: application/json"';
const JSON_TYPE = /^application\/json(?: *; *charset="?utf-8"?)?$/i;

/**
 * The JSON of a request's body, harmless to walk and to merge. Throws 415 for another type, 413 past 1.25 MiB,
 * 408 when it takes longer than 30 s, and 400 for what is malformed, too deep or too many.
 */
export async function readJson(request: Request): Promise<unknown> {
  refuseOtherTypes(request);
  return parse(await readText(request));
}

/** As `readJson`, for bodies that may be left out: `{}` then. `types`: those that a refusal of others names. */
export async function readOptionalObject(request: Request, types = JSON_ALONE): Promise<Record<string, unknown>> {
  if (request.headers.has('Content-Type')) refuseOtherTypes(request, types);
  const text = await readText(request);
  if (text === '') return {};
  refuseOtherTypes(request, types);
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidInputError('body', 'must be a JSON object.');
  }
  return value as Record<string, unknown>;
}

/** For requests with nothing to say besides: who says something expects it to be heard. Throws InvalidInputError. */
export async function refuseContent(request: Request): Promise<void> {
  const [field] = Object.keys(await readOptionalObject(request));
  if (field !== undefined) throw new InvalidInputError(field.slice(0, 100), 'is not known here.');
}

function refuseOtherTypes(request: Request, types = JSON_ALONE): void {
  const isEncoded = request.headers.has('Content-Encoding');
  if (isEncoded || !JSON_TYPE.test(request.headers.get('Content-Type') ?? '')) {
    throw new HttpError(415, 'unsupported_media_type', `Send the body as ${types}, in UTF-8 and not compressed.`);
  }
}

function parse(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidInputError('body', 'is not JSON.');
  }
  refuseHarmful(value);
  return value;
}

/** Throws InvalidInputError for what is too deep, too many, or would reach a prototype. Level by level, so that no depth exhausts the stack. */
export function refuseHarmful(root: unknown): void {
  let nodes = 0;
  let level: readonly unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    nodes += level.length;
    if (depth > MAX_DEPTH) throw new InvalidInputError('body', `is nested deeper than ${MAX_DEPTH} levels.`);
    if (nodes > MAX_NODES) throw new InvalidInputError('body', `holds more than ${MAX_NODES} values.`);
    const objects = level.filter((value) => typeof value === 'object' && value !== null);
    const forbidden = objects
      .flatMap((value) => Object.keys(value as object))
      .find((key) => FORBIDDEN_KEYS.includes(key));
    if (forbidden !== undefined) throw new InvalidInputError(forbidden, 'is not allowed as a key, at any depth.');
    level = objects.flatMap((value) => Object.values(value as object));
  }
}

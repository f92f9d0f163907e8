import { InvalidInputError } from '../contracts/errors.js';
import { readText } from './body-text.js';
import { MAX_NODES, readOptionalObject, refuseHarmful } from './json-body.js';

const FORM_TYPE = /^application\/x-www-form-urlencoded(?: *;.*)?$/i;
const EITHER_TYPE = '"Content-Type: application/x-www-form-urlencoded" or "application/json"';

/**
 * The fields of a request's body, a JSON object or a form; `{}` for none. Of a form all values are texts, and names
 * nest as PHP and Rails write them: `where[name]=x`, `ids[]=1`. Throws as `readJson`.
 */
export async function readFields(request: Request): Promise<Readonly<Record<string, unknown>>> {
  if (!FORM_TYPE.test(request.headers.get('Content-Type') ?? '')) return readOptionalObject(request, EITHER_TYPE);
  return fieldsOf(new URLSearchParams(await readText(request)));
}

/** As `readFields`, of the pairs of a form or of a query. */
export function fieldsOf(pairs: Iterable<readonly [string, string]>): Readonly<Record<string, unknown>> {
  const root = new Branch();
  let count = 0;
  for (const [name, value] of pairs) {
    if (++count > MAX_NODES) throw new InvalidInputError('body', `holds more than ${MAX_NODES} values.`);
    place(root, pathOf(name), value);
  }
  const fields = plain(root);
  refuseHarmful(fields);
  return Array.isArray(fields) ? { ...fields } : (fields as Record<string, unknown>);
}

class Branch extends Map<string, Branch | string> {
  #next = 0;

  /** As PHP counts: after the greatest key so far that is a number. */
  get next(): string {
    return String(this.#next);
  }

  override set(key: string, value: Branch | string): this {
    if (/^\d{1,9}$/.test(key)) this.#next = Math.max(this.#next, Number(key) + 1);
    return super.set(key, value);
  }
}

/** A body of JSON may have two more. */
const MOST_LEVELS = 30;

/** `a[b][]` → `a`, `b`, ``. What is not written so is a name as it stands. Throws InvalidInputError for one that is too deep. */
function pathOf(name: string): readonly string[] {
  const [, head, rest = ''] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
  if (head === undefined) return [name];
  const path = [head, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, key = '']) => key)];
  // As one name, brackets and all, nobody would look for it.
  if (path.length > MOST_LEVELS)
    throw new InvalidInputError(head.slice(0, 100), `is nested deeper than ${MOST_LEVELS} levels.`);
  return path;
}

/** Of two values under one name the last stands. */
function place(root: Branch, path: readonly string[], value: string): void {
  let branch = root;
  for (const [index, step] of path.entries()) {
    const key = step === '' ? branch.next : step;
    if (index === path.length - 1) {
      branch.set(key, value);
      return;
    }
    const next = branch.get(key);
    const inner = next instanceof Branch ? next : new Branch();
    branch.set(key, inner);
    branch = inner;
  }
}

/** A branch whose keys count from 0 is a list. */
function plain(branch: Branch): unknown {
  const values = [...branch.values()].map((value) => (value instanceof Branch ? plain(value) : value));
  const keys = [...branch.keys()];
  if (keys.length > 0 && keys.every((key, index) => key === String(index))) return values;
  // defineProperty: a key such as __proto__ stays one that can be seen, and refused.
  const fields = {};
  for (const [index, key] of keys.entries()) {
    Object.defineProperty(fields, key, { value: values[index], enumerable: true, configurable: true, writable: true });
  }
  return fields;
}

/**
 * A copy of a value by way of JSON, and called `name`. Throws TypeError, which says where, for what would not come back
 * as it was given (functions, instances of classes, what has `toJSON`, undefined, NaN, half a character) and for what
 * holds itself; RangeError for what is too deep or too long. What is no entry of a list is left out, and −0 comes back as 0.
 */
export function exactJson(name: string, value: unknown): unknown {
  return JSON.parse(JSON.stringify({ [name]: value }, asGiven))[name];
}

/** An object of no class, as `{}`: no list, no Date, no Map. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What holds itself, or is too deep, JSON refuses by itself. */
function asGiven(this: Readonly<Record<string, unknown>>, key: string, written: unknown): unknown {
  const value = this[key];
  if (isKept(value) && written === value) return written;
  if (value === undefined) throw new TypeError(`"${key}" is undefined, which could be null`);
  if (Array.isArray(value) || isPlainObject(value)) throw new TypeError(`"${key}" has symbols for keys, or a toJSON`);
  const what = typeof value === 'object' ? `no plain object, but ${value?.constructor?.name}` : typeof value;
  throw new TypeError(`"${key}" is ${what}: ${String(value).slice(0, 40)}`);
}

function isKept(value: unknown): boolean {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value !== 'object') return typeof value === 'string' ? value.isWellFormed() : Number.isFinite(value);
  return (Array.isArray(value) || isPlainObject(value)) && Object.getOwnPropertySymbols(value).length === 0;
}

import { InvalidInputError, type JobData } from 'progress-manager';

/** As a module declares them in `ProgressJobTypes`; of a method that nobody declared, any. */
export type ParametersOf<T extends string> = JobData<T> extends readonly unknown[] ? JobData<T> : readonly unknown[];

/** The parameters as they are now. Throws InvalidInputError for one that would not come back from JSON as it was given. */
export function copyOfParameters<T extends string>(parameters: unknown): JobData<T> {
  if (!Array.isArray(parameters)) throw new InvalidInputError('parameters', "must be a list: [1, '1.txt'].");
  return Array.from(parameters, (parameter, index) => {
    try {
      return JSON.parse(JSON.stringify({ parameter }, asGiven)).parameter;
    } catch (cause) {
      const fault = `Параметр фонового задания не поддерживает сериализацию. ${(cause as Error).message.split('\n')[0]}.`;
      const advice = 'Give texts, finite numbers, true, false, null, and lists and plain objects of them.';
      throw new InvalidInputError(`parameters[${index}]`, `${fault} ${advice}`, { cause });
    }
  }) as JobData<T>;
}

/** Throws for what JSON would change or leave out; what holds itself, or is too deep, it refuses by itself. */
function asGiven(this: Readonly<Record<string, unknown>>, key: string, written: unknown): unknown {
  const value = this[key];
  if (isPlain(value)) return written;
  if (value === undefined) throw new TypeError(`"${key}" is undefined, which could be null`);
  const what = typeof value === 'object' ? `no plain object, but ${value?.constructor?.name}` : typeof value;
  throw new TypeError(`"${key}" is ${what}: ${String(value).slice(0, 40)}`);
}

function isPlain(value: unknown): boolean {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value !== 'object') return typeof value === 'string' ? value.isWellFormed() : Number.isFinite(value);
  const prototype = Object.getPrototypeOf(value);
  const isOfClass = !Array.isArray(value) && prototype !== null && Object.getPrototypeOf(prototype) !== null;
  return !isOfClass && Object.getOwnPropertySymbols(value).length === 0;
}

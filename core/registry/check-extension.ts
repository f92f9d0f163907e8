import { isPlain, isText, kindOf, PROTOTYPE_KEYS, TEXT } from './shape.js';

/** What a module gives to an extension point; whether each value fits, the module that has the point says. */
export function checkExtension(at: string, value: unknown): string[] {
  if (!isPlain(value)) return [`${at} is ${kindOf(value)}. It must be an object of what the module gives, by name.`];
  return Object.getOwnPropertyNames(value).flatMap((key) => {
    if (PROTOTYPE_KEYS.includes(key))
      return [`${at} has the key "${key}", which would change every object. Rename it.`];
    return isText(key) ? [] : [`${at}: the key "${key.slice(0, 100)}" must be ${TEXT}.`];
  });
}

export function checkExtensionPoint(at: string, value: unknown): string[] {
  if (typeof value === 'function') return [];
  return [`${at} is ${kindOf(value)}. It must be a function of a name and a value, which gives the fault, or nothing.`];
}

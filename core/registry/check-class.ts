import { Container } from 'inversify';
import type { ClassOf } from '../contracts/config.js';
import { kindOf } from './shape.js';

/** A class with these methods, whose constructor parameters the container can fill. */
export function checkClass(at: string, value: unknown, methods: readonly string[]): string[] {
  if (typeof value !== 'function' || value.prototype === undefined) {
    return [`${at} is ${kindOf(value)}. It must be a class, imported and named without quotes.`];
  }
  const missing = methods.filter((method) => typeof value.prototype[method] !== 'function');
  if (missing.length > 0) return [`${at}: the class ${value.name} has no method ${missing.join(', ')}. Add it.`];
  return checkInjection(at, value as unknown as ClassOf<unknown>);
}

function checkInjection(at: string, service: ClassOf<unknown>): string[] {
  try {
    new Container().bind(service).toSelf();
    return [];
  } catch {
    return [
      `${at}: a constructor parameter of the class ${service.name} has no @inject. Write @inject('key') before each of them.`,
    ];
  }
}

import { checkClass } from './check-class.js';
import { checkOption, isFunction, isPlain, kindOf, unknownKeys } from './shape.js';

const ROUTES_KEYS = ['prefix', 'service', 'access', 'keyIn'];
/** Plain letters, so that one address is written in one way only. */
const PREFIX = /^(?:\/[A-Za-z0-9][A-Za-z0-9._~-]{0,99}){1,10}$/;

/** Everything that is wrong with the default export of a module's routes, a sentence each. */
export function checkRoutes(exported: unknown): string[] {
  if (!Array.isArray(exported)) return checkOne('the default export', exported);
  if (exported.length === 0) return ['the default export is an empty list. Remove the file, or give it addresses.'];
  return exported.flatMap((routes, index) => checkOne(`the default export [${index}]`, routes));
}

function checkOne(at: string, routes: unknown): string[] {
  if (!isPlain(routes) || routes instanceof Promise) {
    return [
      `${at} is ${kindOf(routes)}. Write "export default defineRoutes({ prefix: '/api/…', service: YourRoutes })".`,
    ];
  }
  const isPrefix = typeof routes.prefix === 'string' && PREFIX.test(routes.prefix);
  return [
    ...unknownKeys(routes, ROUTES_KEYS, at),
    ...(isPrefix
      ? []
      : [`${at}: prefix must begin with "/", end without one, and have plain letters only, for example "/api/tasks".`]),
    ...checkClass(`${at}: service`, routes.service, ['mount']),
    ...checkOption(at, routes, 'access', (who) => who === 'users' || who === 'admins', '"users" or "admins"'),
    ...checkOption(at, routes, 'keyIn', isFunction, 'a function of a request, which gives the key in it'),
  ];
}

import type { Hono } from 'hono';
import { NotAvailableError } from '../contracts/errors.js';
import type { HttpContext, HttpEnvironment } from './http-context.js';
import { HttpError } from './http-error.js';

/** Answers an address that a later version brings. */
export function comesLater(feature: string): (context: HttpContext) => never {
  return () => {
    throw new NotAvailableError(feature);
  };
}

/** Answers an address that nothing is registered for. */
export function unknownAddress(): never {
  throw new HttpError(404, 'not_found', 'There is nothing at this address.');
}

/** Answers every known address that was asked with another method, naming those it takes. Called after all routes. */
export function refuseOtherMethods(app: Hono<HttpEnvironment>): void {
  const methodsByPath = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === 'ALL') continue;
    const methods = methodsByPath.get(path) ?? new Set();
    methodsByPath.set(path, methods.add(method));
    if (method === 'GET') methods.add('HEAD');
  }
  for (const [path, methods] of methodsByPath) {
    const allow = [...methods].join(', ');
    app.all(path, () => {
      throw new HttpError(405, 'method_not_allowed', `This address takes ${allow}.`, { Allow: allow });
    });
  }
}

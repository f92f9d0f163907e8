import { Hono, type Next } from 'hono';
import { describeError } from '../contracts/describe-error.js';
import { ConfigurationError, ForbiddenError } from '../contracts/errors.js';
import type { RegisteredRoutes, Routes } from '../contracts/routes.js';
import { callerOf } from './access.js';
import type { HttpContext, HttpEnvironment } from './http-context.js';
import { refuseOtherMethods, unknownAddress } from './no-such-route.js';

/** Addresses of a module, with what answers them. */
export interface ModuleRoutes extends RegisteredRoutes {
  readonly mount: (app: Routes) => void;
}

/**
 * Hangs each module's routes under its prefix. Who may not pass is stopped before any of them, and what none of them
 * answers is refused after them. Throws ConfigurationError with what keeps each of them from being made.
 */
export function mountModules(app: Hono<HttpEnvironment>, modules: readonly ModuleRoutes[]): void {
  const failed: { readonly fault: string; readonly cause: unknown }[] = [];
  for (const { config, origin, mount } of modules) {
    // Both refusals lie inside, so that a module that answers errors in its own words does so for these too.
    const own = new Hono<HttpEnvironment>();
    own.use('/*', guard(config));
    try {
      mount(own as unknown as Routes);
      refuseOtherMethods(own);
      own.all('*', unknownAddress);
      app.route(config.prefix, own);
    } catch (cause) {
      const fault = `${origin}: the routes under "${config.prefix}" could not be added: ${describeError(cause)}`;
      failed.push({ fault, cause });
    }
  }
  if (failed.length === 0) return;
  throw new ConfigurationError(
    failed.map(({ fault }) => fault),
    { cause: failed[0]?.cause },
  );
}

function guard({ access = 'users', keyIn }: RegisteredRoutes['config']) {
  return async (context: HttpContext, next: Next): Promise<void> => {
    const user = await callerOf(context, keyIn);
    if (access === 'admins' && !user.isAdmin) throw new ForbiddenError('This address is for admins.');
    context.set('user', user);
    await next();
  };
}

/** Prefixes that two modules share, or a module and core: also one within the other. A sentence for each. */
export function clashesOf(modules: readonly RegisteredRoutes[], core: Hono<HttpEnvironment>): string[] {
  const taken = coreAddresses(core);
  return modules.flatMap(({ origin, config: { prefix } }, index) => {
    const own = taken.find((address) => overlap(address, prefix));
    if (own !== undefined)
      return [`${origin}: the prefix "${prefix}" meets core's own address "${own}". Choose another.`];
    const other = modules.slice(0, index).find(({ config }) => overlap(config.prefix, prefix));
    if (other === undefined) return [];
    const both = other.config.prefix === prefix ? `"${prefix}"` : `"${other.config.prefix}" and "${prefix}"`;
    return [
      `Two modules answer the same addresses, ${both}: ${other.origin} and ${origin}. Give one of them a prefix of its own.`,
    ];
  });
}

/** Up to their first parameter. */
function coreAddresses({ routes }: Hono<HttpEnvironment>): string[] {
  const literal = (path: string) => path.split(/\/[:*]/)[0] as string;
  const addresses = routes.filter(({ method }) => method !== 'ALL').map(({ path }) => literal(path));
  return [...new Set(addresses)].filter((address) => address !== '' && address !== '/');
}

/** Are they the same, or does one lie within the other? Letters count as equal in both cases: people mix them up. */
function overlap(one: string, other: string): boolean {
  const [a, b] = [`${one}/`.toLowerCase(), `${other}/`.toLowerCase()];
  return a.startsWith(b) || b.startsWith(a);
}

import type { Context, Hono } from 'hono';
import type { ClassOf } from './config.js';
import type { Logger } from './logger.js';
import type { User } from './user.js';

/** A refusal as callers see it (RFC 9457), with the headers that belong to it. */
export interface Problem {
  /** Of HTTP. */
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** What else is known, by name: `field`, `jobId` … */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the handlers of a module's addresses find: `context.var.user` is who asks. */
export interface RouteEnvironment {
  Bindings: {
    /** Of this request: the log names it, and every refusal. */
    readonly requestId: string;
    readonly logger: Logger;
    /** What a caller may know of an error, for modules that answer errors in words of their own. The rest goes to the log. */
    readonly problemOf: (error: unknown) => Problem;
  };
  Variables: { user: User };
}

/** A Hono app, whose paths begin below the prefix. */
export type Routes = Hono<RouteEnvironment>;

/** One request on its way. */
export type RouteContext = Context<RouteEnvironment>;

/** Answers the addresses of a module. Made once, when the application boots. */
export interface RoutesInterface {
  /**
   * Adds the routes. Nobody who may not pass reaches them; what a handler throws is answered as core's own addresses
   * answer it, unless `app.onError` says otherwise. It is also told who may not pass (`unauthorized` …), and what no
   * route answers below the prefix (`not_found`, `method_not_allowed`; `app.notFound` is not asked).
   */
  mount(app: Routes): void;
}

/** Addresses that a module answers. */
export interface RoutesConfig {
  /** Under which its addresses lie, and those of no other module: `/api/tasks`. */
  readonly prefix: string;
  readonly service: ClassOf<RoutesInterface>;
  /** `users` (default): everybody with a key or a session. `admins`: only they. */
  readonly access?: 'users' | 'admins';
  /** Where a key may stand besides the header `Authorization`; `undefined`: there is none in this request. */
  keyIn?(request: Request): string | undefined;
}

/** Types what `modules/<name>/routes.ts` exports as default: one prefix, or a list of them; gives back what it is given. */
export function defineRoutes<const R extends RoutesConfig | readonly RoutesConfig[]>(routes: R): R {
  return routes;
}

/** Addresses of a module, with the file that declared them. */
export interface RegisteredRoutes {
  readonly module: string;
  readonly origin: string;
  readonly config: RoutesConfig;
}

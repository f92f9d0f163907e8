import type { Context } from 'hono';
import type { AccessStore } from '../contracts/access-store.js';
import type { Logger } from '../contracts/logger.js';
import type { RouteEnvironment } from '../contracts/routes.js';
import type { User } from '../contracts/user.js';
import type { ProgressManager } from '../progress-manager.js';
import type { SignInCodes } from './sign-in-codes.js';

/** What the routes work with. */
export interface HttpParts {
  readonly progressManager: ProgressManager;
  readonly accessStore: AccessStore;
  readonly signIn: SignInCodes;
  /** Changes when the modules do: part of every ETag, because they decide which actions a job offers. */
  readonly registryVersion: string;
  /** Bytes of one upload at most. */
  readonly uploadMax: number;
  /** Folder of the built page; `undefined`: this application serves none. */
  readonly webDir: string | undefined;
  readonly logger: Logger;
  /** Can jobs be read and written just now? */
  readonly ready: () => Promise<boolean>;
}

export interface HttpEnvironment {
  Bindings: HttpParts & RouteEnvironment['Bindings'];
  Variables: { user: User };
}

/** One request on its way: `env` holds the parts, `var.user` who asks. */
export type HttpContext = Context<HttpEnvironment>;

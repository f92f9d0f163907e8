import { pathToFileURL } from 'node:url';
import { describeError } from '../contracts/describe-error.js';
import { ConfigurationError } from '../contracts/errors.js';
import type { OwnServices } from './services.js';

/**
 * The application's own services from the default export of a module: an object, or a function that gives one.
 * Throws ConfigurationError.
 */
export async function loadServices(module: string | undefined): Promise<Partial<OwnServices>> {
  if (module === undefined) return {};
  const services = await imported(module);
  if (typeof services === 'object' && services !== null) return services as Partial<OwnServices>;
  throw new ConfigurationError([
    `${module} (servicesFrom) gives no services. Write "export default { mailer }", or a function that gives such an object.`,
  ]);
}

async function imported(module: string): Promise<unknown> {
  try {
    const { default: exported } = await import(pathToFileURL(module).href);
    return typeof exported === 'function' ? await exported() : exported;
  } catch (cause) {
    throw new ConfigurationError([`${module} (servicesFrom) could not be loaded: ${describeError(cause)}`], { cause });
  }
}

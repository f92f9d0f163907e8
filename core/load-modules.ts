import type { Registry } from './contracts/config.js';
import type { RegisteredRoutes } from './contracts/routes.js';
import { refuseClashes } from './http/app.js';
import { allOrFaults } from './registry/all-or-faults.js';
import { loadRoutes } from './registry/load-parts.js';
import { type GivenModules, loadRegistry } from './registry/registry.js';

/** What all modules bring to a running application. */
export interface Modules {
  readonly registry: Registry;
  readonly routes: readonly RegisteredRoutes[];
}

/** Finds, imports and checks all modules. Throws ConfigurationError with every fault of every file. */
export async function loadModules(root: string, given?: GivenModules): Promise<Modules> {
  const [registry, routes] = await allOrFaults<[Registry, Modules['routes']]>([
    loadRegistry(root, given),
    loadClearRoutes(root),
  ]);
  return { registry, routes };
}

async function loadClearRoutes(root: string): Promise<Modules['routes']> {
  const routes = await loadRoutes(root);
  refuseClashes(routes);
  return routes;
}

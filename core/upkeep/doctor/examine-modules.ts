import { ConfigurationError } from '../../contracts/errors.js';
import { loadRegistry } from '../../registry/registry.js';
import { versionsOf } from '../../registry/versions-of.js';
import { type Finding, misconfigured, ok } from './finding.js';
import { look } from './look.js';

/** Modules are code that is compiled and run: it may take its time. */
const LOADING_MS = 10_000;

/** What came of reading the modules, and the job types they declare; `undefined` when that is not known. */
export interface Modules {
  readonly findings: readonly Finding[];
  readonly types: readonly string[] | undefined;
  /** The version of the data of each type. */
  readonly versions: ReadonlyMap<string, number> | undefined;
}

/** A finding for each fault of each config. */
export async function examineModules(root: string): Promise<Modules> {
  let types: readonly string[] | undefined;
  let versions: ReadonlyMap<string, number> | undefined;
  const findings = await look(
    'modules',
    async () => {
      try {
        const registry = await loadRegistry(root);
        types = [...registry.types.keys()];
        versions = versionsOf(registry);
        return ok('modules', `The configs are sound: ${types.length} job types.`);
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        const remedy = 'Mend it; "progress-manager check" looks again.';
        return error.faults.map((fault) => misconfigured('modules', fault, remedy));
      }
    },
    LOADING_MS,
  );
  return { findings, types, versions };
}

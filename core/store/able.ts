import type { Abilities } from '../contracts/abilities.js';
import type { Binding } from './database.js';
import { placeholders } from './placeholders.js';

/** SQL for what a worker may take: data of its own version of a type and of older ones, secrets that it can open. */
export class Able {
  /** Bound where `ofType` stands. */
  readonly keyIds: readonly string[];
  /** For any of the types; only the version, which is all that may have changed since a job was found. */
  readonly ofAny: string;
  /** Bound where `ofAny` stands. */
  readonly versions: readonly Binding[];
  readonly #versions: ReadonlyMap<string, number>;

  constructor({ versions, keyIds }: Abilities) {
    const raised = [...versions].filter(([, version]) => version !== 1);
    this.keyIds = keyIds;
    this.#versions = versions;
    this.ofAny =
      raised.length === 0 ? 'version = 1' : `version <= CASE type${' WHEN ? THEN ?'.repeat(raised.length)} ELSE 1 END`;
    this.versions = raised.flat();
  }

  ofType(type: string): string {
    const opens = this.keyIds.length === 0 ? '' : ` OR secret_key IN (${placeholders(this.keyIds)})`;
    return `version <= ${Number(this.#versions.get(type) ?? 1)} AND (secret_key IS NULL${opens})`;
  }
}

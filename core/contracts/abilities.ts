/** What a worker has beside its types: for jobs that need more, others are waited for. */
export interface Abilities {
  /** By type; 1 for a type that is not named. */
  readonly versions: ReadonlyMap<string, number>;
  /** Ids of the keys that open secrets here. */
  readonly keyIds: readonly string[];
}

export const NO_ABILITIES: Abilities = { versions: new Map(), keyIds: [] };

/** What a job needs of its worker. */
export interface Needs {
  readonly type: string;
  readonly version: number;
  readonly secretKey: string | undefined;
}

/** Why a worker with these abilities leaves the job to others, in a sentence; `undefined`: it need not. */
export function lackFor({ type, version, secretKey }: Needs, { versions, keyIds }: Abilities): string | undefined {
  const own = versions.get(type) ?? 1;
  if (version > own) {
    return `It waits for a worker that has version ${version} of the type "${type}"; this one has version ${own}.`;
  }
  if (secretKey !== undefined && !keyIds.includes(secretKey)) {
    return `It waits for a worker that has the key "${secretKey}" of its secrets in PM_SECRET_KEY.`;
  }
  return undefined;
}

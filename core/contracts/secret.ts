/** What stands in place of a secret wherever it would be printed or stored. */
export const MASK = '[secret]';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A secret parameter of a job. However it is printed, logged, serialised or copied it says `[secret]`. */
export class Secret {
  /** What a structured clone of it has. */
  readonly value = MASK;
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one call that needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.toPrimitive](): string {
    return MASK;
  }

  [INSPECT](): string {
    return MASK;
  }
}

/** The secret parameters of a job, by name. */
export type Secrets = Readonly<Record<string, Secret>>;

/** Secret parameters as they stand in the row: sealed for this job, base64 by name. */
export interface SealedSecrets {
  /** Which key opens them. */
  readonly keyId: string;
  readonly values: Readonly<Record<string, string>>;
}

/** `warning`: works, but not as it should. `failure`: work would go wrong, or does not go on at all. */
export type Outcome = 'ok' | 'warning' | 'failure';

/** What one check of `doctor` found. */
export interface Finding {
  /** What was looked at, in a word or two; programs may rely on it. */
  readonly name: string;
  readonly outcome: Outcome;
  /** One sentence. */
  readonly found: string;
  /** What to do about it, unless all is well. */
  readonly remedy?: string;
  /** The settings or the modules are at fault, and not the database or the machine. */
  readonly isConfiguration?: true;
}

export function ok(name: string, found: string): Finding {
  return { name, outcome: 'ok', found };
}

export function warning(name: string, found: string, remedy: string): Finding {
  return { name, outcome: 'warning', found, remedy };
}

export function failure(name: string, found: string, remedy: string): Finding {
  return { name, outcome: 'failure', found, remedy };
}

/** A failure of settings or modules. */
export function misconfigured(name: string, found: string, remedy: string): Finding {
  return { ...failure(name, found, remedy), isConfiguration: true };
}

import type { App } from 'progress-manager';
import { currentSeed } from './random.js';

export interface Figures {
  readonly planned: number;
  readonly injected: number;
  /** A fault that hit nothing does not count. */
  readonly effective: number;
  /** What may not happen: how often it did, and among how many. */
  readonly never: Readonly<Record<string, { readonly found: number; readonly of: number }>>;
  /** Anything else, in words. */
  readonly also?: string;
}

/** Prints what a run has shown, on which server. None in N is not none: with it stands its 95 % bound, 3/N. */
export async function report(what: string, app: App, { planned, injected, effective, never, also }: Figures) {
  const nevers = Object.entries(never).map(
    ([name, { found, of }]) => `  ${name}: ${found} of ${of}${bound(found, of)}`,
  );
  console.log(
    [
      `${what} on ${await serverOf(app)}: faults planned ${planned}, injected ${injected}, effective ${effective}; FAULTS_SEED=${currentSeed()}`,
      ...nevers,
      ...(also === undefined ? [] : [`  ${also}`]),
    ].join('\n'),
  );
}

const bound = (found: number, of: number) => (found === 0 ? ` (95 %: below ${((3 / of) * 100).toPrecision(2)} %)` : '');

async function serverOf(app: App): Promise<string> {
  const { dialect } = app.container.get('database');
  const version = dialect.name === 'sqlite' ? 'sqlite_version()' : 'VERSION()';
  const answer = await app.container.get('knex').select(app.container.get('knex').raw(`${version} AS version`));
  return `${dialect.name === 'sqlite' ? 'SQLite' : 'server'} ${answer[0].version}`;
}

/** The value below which a share of the values lies; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

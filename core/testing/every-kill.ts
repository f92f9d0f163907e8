import { inspect, isDeepStrictEqual, types } from 'node:util';
import { describeError } from '../contracts/describe-error.js';
import { type CarryOptions, type JobRun, NotStruckError } from './job-run.js';
import { describeKill, type Kill, killAtStatement } from './kill.js';

/** How a job is killed again and again. */
export interface SweepOptions {
  /** Every `context.write` callback is run twice too: `true` by default. */
  readonly repeatWrites?: boolean;
  /** Only every so many-th statement: 1 by default. */
  readonly every?: number;
}

/** What a sweep did. */
export interface Sweep {
  /** Statements of the run that nobody killed. */
  readonly statements: number;
  /** Runs in which the worker died. */
  readonly kills: number;
}

/** A run of the job from its beginning, on an empty database; `expect`'s answer. */
export type Attempt = (options: CarryOptions) => Promise<{ readonly run: JobRun; readonly answer: unknown }>;

/** A sweep runs the job twice for each statement: with more than these it would take minutes. */
const MOST_STATEMENTS = 500;

/** Runs the job undisturbed, with its write callbacks run twice, and then once for each death; compares what comes out. */
export async function sweep(attempt: Attempt, { repeatWrites = true, every = 1 }: SweepOptions): Promise<Sweep> {
  const plain = await attempt({});
  const wanted = outcomeOf(plain);
  const compared = async (options: CarryOptions, how: string): Promise<readonly string[]> => {
    const done = await attempt(options).catch((cause: unknown) => {
      if (cause instanceof NotStruckError) throw cause;
      throw new Error(`The job does not survive it: ${how}. ${describeError(cause)}`, { cause });
    });
    const outcome = outcomeOf(done);
    if (isDeepStrictEqual(outcome, wanted)) return done.run.statements;
    throw new Error(
      `The job does not survive it: ${how}. Undisturbed it gave ${shown(wanted)}, now ${shown(outcome)}.`,
    );
  };
  const statements = repeatWrites
    ? await compared({ repeatWrites }, 'every write callback was run twice, as after a deadlock')
    : plain.run.statements;
  refuseTooMany(statements.length / every);
  let kills = 0;
  for (let statement = 1; statement <= statements.length; statement += every) {
    for (const side of ['before', 'after'] as const) {
      const kill = killAtStatement(statement, side);
      await compared({ repeatWrites, kill }, nameOf(kill, statement, statements));
      kills++;
    }
  }
  return { statements: statements.length, kills };
}

function nameOf(kill: Kill, statement: number, statements: readonly string[]): string {
  const sql = (statements[statement - 1] ?? '').replace(/\s+/g, ' ').trim();
  return `its worker was killed ${describeKill(kill)} of ${statements.length} (${sql.slice(0, 100)})`;
}

/** What must be the same, however often its worker died. */
function outcomeOf({ run, answer }: { readonly run: JobRun; readonly answer: unknown }) {
  const { status, progress, result, counts, error } = run.job;
  return { status, progress, result, counts, error, files: run.files, answer: isData(answer) ? answer : undefined };
}

/** What `() => expect(…)` returns in some libraries is an object full of methods, and never the same twice. */
function isData(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || types.isDate(value)) return true;
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getOwnPropertyNames(prototype).every((name) => name === 'constructor');
}

function refuseTooMany(statements: number): void {
  if (statements <= MOST_STATEMENTS) return;
  throw new RangeError(
    `The job sends ${Math.round(statements)} statements, and would be run twice for each. Give it less to do, or name "every".`,
  );
}

const shown = (value: unknown) => inspect(value, { depth: 5, breakLength: Number.POSITIVE_INFINITY });

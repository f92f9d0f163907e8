import type { RegisteredType } from '../contracts/config.js';
import { describeError } from '../contracts/describe-error.js';
import { issuesText } from '../contracts/schema-issues.js';
import { nearest } from './nearest.js';
import { isFunction, isPlain } from './shape.js';

/** A job that a schedule pushes: its own, or one that follows. */
interface NamedJob {
  /** As in `schedule.nightly.next[0]`. */
  readonly at: string;
  readonly type: string;
  readonly data: unknown;
}

/** One schedule, as sound as it may be, with the file that declares it. */
export interface DeclaredJobs {
  readonly key: string;
  readonly origin: string;
  readonly config: unknown;
}

/** A schedule's jobs must be somebody's to carry out. A sentence for each type that no module declares. */
export function missingTypes(
  { key, origin, config }: DeclaredJobs,
  known: readonly string[],
  mayDeclare: (key: string) => boolean,
): string[] {
  return jobsOf(`schedule.${key}`, config)
    .filter(({ type }) => !known.includes(type) && !mayDeclare(type))
    .map(
      ({ at, type }) =>
        `${origin}: ${at}.type names the job type "${type}", which no module declares. ${nearest(type, known)}`,
    );
}

/** What the types' schemas have against data that is the same for each run: told now instead of when a run is due. */
export async function unfitData(
  { key, origin, config }: DeclaredJobs,
  types: ReadonlyMap<string, RegisteredType>,
): Promise<string[]> {
  const faults: string[] = [];
  for (const { at, type, data } of jobsOf(`schedule.${key}`, config)) {
    const issues = isFunction(data) ? undefined : await issuesOf(types.get(type), data);
    if (issues !== undefined) faults.push(`${origin}: ${at}.data does not fit the type "${type}": ${issues}`);
  }
  return faults;
}

async function issuesOf(type: RegisteredType | undefined, data: unknown): Promise<string | undefined> {
  try {
    const result = await type?.config.schema?.['~standard'].validate(data ?? {});
    return result?.issues && issuesText(result.issues);
  } catch (error) {
    return `its schema failed: ${describeError(error)}`;
  }
}

function jobsOf(at: string, job: unknown): NamedJob[] {
  if (!isPlain(job)) return [];
  const { type, data, options, next = isPlain(options) ? options.next : undefined } = job;
  const place = `${at}${isPlain(options) ? '.options' : ''}.next`;
  const later = Array.isArray(next)
    ? next.flatMap((each, index) => jobsOf(`${place}[${index}]`, each))
    : jobsOf(place, next);
  return typeof type === 'string' ? [{ at, type, data }, ...later] : later;
}

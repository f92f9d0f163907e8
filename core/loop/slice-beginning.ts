import type { ChildStore, PrepareChild } from '../contracts/child-job.js';
import type { JobTypeConfig, Registry } from '../contracts/config.js';
import { bounded, describeError } from '../contracts/describe-error.js';
import { SecretUnreadableError } from '../contracts/errors.js';
import type { JobFailure } from '../contracts/job.js';
import type { JobItemStore } from '../contracts/job-items.js';
import type { DebugSink } from '../contracts/job-log.js';
import type { Logger } from '../contracts/logger.js';
import type { ProgressJobInterface } from '../contracts/progress-job.js';
import type { FileFolder } from '../store/file-folder.js';
import { madeService, NoService } from './made-service.js';
import { isOld, MigrateFailed, migratedData } from './migrated-data.js';
import type { SecretsOfJobs } from './opened-secrets.js';
import { cutOff, failed, type Outcome } from './outcome.js';
import { Phases } from './phases.js';
import type { RunningJob } from './running-job.js';
import { CorruptRow, Slice, type SliceTools } from './slice.js';
import { configOf, factsOf } from './slice-facts.js';
import type { SliceLog } from './slice-log.js';
import type { Soon } from './soon.js';
import { TotalCounts } from './total-counts.js';

/** What the beginning of a slice needs. */
export interface BeginningParts {
  readonly registry: Registry;
  /** A fresh service for a job of this type. */
  readonly create: (type: string) => ProgressJobInterface;
  readonly folder: FileFolder;
  readonly items: JobItemStore;
  /** Takes what jobs say by `context.debug`; without it nobody does. */
  readonly debugSink?: DebugSink | undefined;
  readonly secrets: SecretsOfJobs;
  readonly families: ChildStore;
  readonly prepareChild: PrepareChild;
  readonly logger: Logger;
}

const WORKER_DIED: JobFailure = {
  code: 'worker_lost',
  message: 'The worker died before the job had ended, and a job of this type cannot resume.',
};

/** Makes what a claimed job needs for its next slice. */
export class SliceBeginning {
  readonly #tools: SliceTools;
  /** Of the types that have them. */
  readonly #phases: ReadonlyMap<string, Phases>;

  constructor(
    private readonly parts: BeginningParts,
    private readonly log: SliceLog,
  ) {
    const { folder, items, families, prepareChild, debugSink } = parts;
    const totals = new TotalCounts(parts.create, parts.logger);
    const tooLate = (running: RunningJob) => log.tooLate(running);
    this.#tools = { folder, items, totals, families, prepareChild, debugSink, tooLate };
    this.#phases = phasesOf(parts.registry);
  }

  /** A slice that can be performed; or, when there can be none, the end of the job. */
  begin(running: RunningJob): Soon<Slice | Outcome> {
    running.phase = 'not_begun';
    const { damaged } = running.claimed;
    if (damaged) return failed(factsOf(this.parts.registry, running), corruptIn(damaged));
    const config = configOf(this.parts.registry, running);
    const isBehind = config?.version !== undefined && isOld(running, config);
    return isBehind ? this.#migrated(running, config) : this.#begun(running);
  }

  #begun(running: RunningJob): Slice | Outcome {
    const facts = factsOf(this.parts.registry, running);
    const { crashCount, job } = running.claimed;
    if (crashCount > 0 && !running.isTakeoverTold) this.log.takenOver(running);
    if (crashCount > 0 && facts.whenWorkerLost === 'error') return failed(facts, WORKER_DIED);
    try {
      this.parts.secrets.openFor(running);
      const service = madeService(this.parts.create, job.type);
      return new Slice(running, service, this.#tools, this.#phases.get(job.type));
    } catch (threw) {
      return failed(facts, { code: codeOf(threw), message: describeError(threw, running.hide) });
    }
  }

  /** Once the data is what the type works on now; what cannot be migrated stays as it is. */
  async #migrated(running: RunningJob, config: JobTypeConfig): Promise<Slice | Outcome> {
    const endLimit = running.limit(config.maxSliceMs);
    try {
      running.migrated(await migratedData(running, config), config.version ?? 1);
    } catch (threw) {
      const facts = factsOf(this.parts.registry, running);
      return running.stopped ? cutOff(facts) : failed(facts, failureOfMigration(threw));
    } finally {
      endLimit();
    }
    return this.#begun(running);
  }
}

function phasesOf({ types }: Registry): ReadonlyMap<string, Phases> {
  const withPhases = [...types.values()].flatMap(({ key, config: { phases } }) =>
    phases ? [[key, phases] as const] : [],
  );
  return new Map(withPhases.map(([key, phases]) => [key, new Phases(phases)]));
}

function codeOf(threw: unknown): string {
  if (threw instanceof SecretUnreadableError || threw instanceof NoService) return threw.code;
  return threw instanceof CorruptRow ? 'corrupt_row' : 'failed';
}

const corruptIn = (columns: string): JobFailure => ({
  code: 'corrupt_row',
  message: `The job's row was changed by hand, and is damaged in ${columns}. Its slices cannot go on from there.`,
});

function failureOfMigration(threw: unknown): JobFailure {
  if (!(threw instanceof MigrateFailed))
    return { code: 'corrupt_row', message: "The data in the job's row is no JSON." };
  const why = threw.cause === undefined ? '' : `: ${describeError(threw.cause)}`;
  return {
    code: 'migrate_failed',
    message: bounded(`The job's data could not be migrated, and is kept as it was: ${threw.message}${why}`),
  };
}

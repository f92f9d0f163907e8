import type { CallersTransaction } from './contracts/callers-transaction.js';
import { IdTakenError, ofEntry } from './contracts/errors.js';
import type { InputFile, Job } from './contracts/job.js';
import type { JobEvents } from './contracts/job-events.js';
import type { Found, Inserted, NewJob, Refuse } from './contracts/job-store.js';
import type { Logger } from './contracts/logger.js';
import type { PreparedJob } from './contracts/prepared-job.js';
import type { PushEntry, PushOptions } from './contracts/push.js';
import type { User } from './contracts/user.js';
import { type Prepared, Preparing, type PreparingParts } from './preparing.js';
import { PushAnswers, type Pushed, refuseUnlessAccepted } from './push-answers.js';
import { PushFiles } from './push-files.js';
import { checkList, refuseTwins } from './push-list.js';
import { PushingAgain } from './pushing-again.js';
import type { UploadStore } from './store/upload-store.js';

type Fresh = Extract<Prepared, { readonly job: NewJob }>;

const NO_FILES: readonly InputFile[] = [];

export interface PushingParts extends Omit<PreparingParts, 'files'> {
  readonly uploads: UploadStore;
  readonly events: JobEvents;
  readonly logger: Logger;
}

/** The way of a job into the table: prepare → insert → answer. Nothing is left of a push that is refused. */
export class Pushing {
  /** Jobs like finished ones. */
  readonly again: PushingAgain;
  readonly #preparing: Preparing;
  readonly #files: PushFiles;
  readonly #answers: PushAnswers;

  constructor(private readonly parts: PushingParts) {
    this.#files = new PushFiles(parts.uploads, parts.logger);
    this.#answers = new PushAnswers(parts.events);
    this.#preparing = new Preparing({ ...parts, files: this.#files });
    this.again = new PushingAgain({ ...parts, preparing: this.#preparing, files: this.#files, answers: this.#answers });
  }

  /** `schedule`: the key of the one that pushes it. */
  async push(
    name: string,
    type: string,
    data: unknown,
    options: PushOptions,
    user: User,
    schedule?: string,
  ): Promise<Pushed> {
    const added: InputFile[] = [];
    try {
      const { checked, known, job } = await this.#preparing.prepared({ name, type, data, options }, 0, user, added);
      if (known) return { id: known.id, number: known.number, created: false };
      const inserted = await this.#insert({ entry: 0, checked, job: ofSchedule(job, schedule) }, user);
      if (!inserted.created) await this.#files.forget(added);
      return this.#answers.of(inserted, checked, user);
    } catch (error) {
      await this.#files.forget(added);
      throw error;
    }
  }

  /** All of them or none. What is wrong says with which entry; then nothing was written. */
  async pushMany(
    entries: readonly PushEntry[],
    user: User,
    transaction?: CallersTransaction,
  ): Promise<readonly Pushed[]> {
    checkList(entries);
    const added = entries.map((): InputFile[] => []);
    try {
      const list = await this.#preparing.preparedList(entries, user, added, transaction);
      const fresh = list.filter((each): each is Fresh => each.job !== undefined);
      refuseTwins(fresh);
      const jobs = fresh.map(({ job }) => job);
      const refuse: Refuse = (found, index) => this.#refuseOf(fresh[index] as Fresh, found, user);
      const { store } = this.parts;
      const inserted = await (transaction
        ? store.insertWithin(transaction, jobs, refuse)
        : store.insertMany(jobs, refuse));
      const answers: Inserted[] = [];
      for (const [index, { entry }] of fresh.entries()) answers[entry] = inserted[index] as Inserted;
      await this.#files.forget(added.flatMap((files, entry) => (answers[entry]?.created ? NO_FILES : files)));
      return list.map(({ entry, checked, known }) =>
        this.#answers.of(answers[entry] ?? { created: false, because: 'id', job: known as Job }, checked, user),
      );
    } catch (error) {
      await this.#files.forget(added.flat());
      throw error;
    }
  }

  /** Everything but the insert, which is done by whoever asked. Throws as `push`; then nothing is left of it. */
  async prepare(entry: PushEntry, user: User, schedule?: string): Promise<PreparedJob> {
    const added: InputFile[] = [];
    try {
      const { job } = await this.#preparing.prepared(entry, 0, user, added);
      if (!job) throw new IdTakenError();
      return { job: ofSchedule(job, schedule), forget: () => this.#files.forget(added) };
    } catch (error) {
      await this.#files.forget(added);
      throw error;
    }
  }

  async #insert(fresh: Fresh, user: User): Promise<Inserted> {
    const { transaction } = fresh.checked;
    if (!transaction) return this.parts.store.insert(fresh.job);
    const refuse: Refuse = (found) => refuseUnlessAccepted(found, fresh.checked, user);
    const [inserted] = await this.parts.store.insertWithin(transaction, [fresh.job], refuse);
    return inserted as Inserted;
  }

  #refuseOf({ entry, checked }: Fresh, found: Found, user: User): void {
    try {
      refuseUnlessAccepted(found, checked, user);
    } catch (error) {
      throw ofEntry(error, entry);
    }
  }
}

/** What follows the job is pushed with it, and by it: not by the schedule. */
function ofSchedule(job: NewJob, schedule: string | undefined): NewJob {
  return schedule === undefined ? job : { ...job, schedule };
}

import { v5 } from 'uuid';
import { toDataText } from './check-push.js';
import { JobNotFoundError } from './contracts/errors.js';
import type { InputFile, Job } from './contracts/job.js';
import type { JobStore, NewJob, PushedAs } from './contracts/job-store.js';
import type { SealedSecrets } from './contracts/secret.js';
import { APPLICATION, type User } from './contracts/user.js';
import type { Preparing } from './preparing.js';
import type { PushAnswers, Pushed } from './push-answers.js';
import type { PushFiles } from './push-files.js';
import type { SecretKeys } from './secrets/secret-keys.js';
import { newId } from './store/new-id.js';

/** Names the job that retries what failed in another: a namespace of its own (RFC 9562, 6.6). */
const RETRIES = '5f0c1c62-6a0e-4f55-9c5e-0d1f6d2a7c11';

export interface PushingAgainParts {
  readonly store: JobStore;
  readonly preparing: Preparing;
  readonly files: PushFiles;
  readonly answers: PushAnswers;
  readonly secretKeys: SecretKeys;
}

/** Pushes jobs like finished ones. */
export class PushingAgain {
  constructor(private readonly parts: PushingAgainParts) {}

  /** The same job anew, as it was pushed. Throws as `push`, and JobNotFoundError when the job is gone. */
  async pushAgain(job: Job, user: User): Promise<Pushed> {
    this.parts.preparing.type(job.type, user);
    const pushedAs = await this.parts.store.pushedAs(job.number);
    if (pushedAs === undefined) throw new JobNotFoundError(job.id);
    const id = newId();
    const added: InputFile[] = [];
    try {
      const copied = await this.parts.files.copied(job, pushedAs.data, user, added);
      return await this.#insertLike(job, pushedAs, { id, version: pushedAs.version, ...copied }, user, added);
    } catch (error) {
      await this.parts.files.forget(added);
      throw error;
    }
  }

  /**
   * A job for these items of a finished one, which failed in it. Asked again it is the same job: of items that have
   * been retried already none is retried twice. Throws as `pushAgain`, and what the type's `retryItems` throws.
   */
  async pushFailed(job: Job, keys: readonly string[], user: User): Promise<Pushed> {
    const { config } = this.parts.preparing.type(job.type, user);
    const pushedAs = await this.parts.store.pushedAs(job.number);
    if (pushedAs === undefined) throw new JobNotFoundError(job.id);
    const id = v5(`${job.id} ${job.attempt}`, RETRIES);
    const known = await this.parts.store.get(id, APPLICATION);
    if (known) return { id, number: known.number, created: false };
    const added: InputFile[] = [];
    try {
      const copied = await this.parts.files.copied(job, pushedAs.data, user, added);
      const failed = { ...job, data: JSON.parse(copied.data) as unknown, inputs: copied.inputs };
      const context = this.parts.files.context(user, copied.inputs, added);
      const data = toDataText(await config.retryItems?.(failed, keys, context));
      return await this.#insertLike(job, pushedAs, { id, version: config.version, data, inputs: added }, user, added);
    } catch (error) {
      await this.parts.files.forget(added);
      throw error;
    }
  }

  async #insertLike(
    { id: from, name, type, userId, isHidden, key, group, priority, runAt }: Job,
    pushedAs: PushedAs,
    own: Pick<NewJob, 'id' | 'data' | 'inputs' | 'version'>,
    user: User,
    added: InputFile[],
  ): Promise<Pushed> {
    const { keyScope } = this.parts.preparing.type(type, user).config;
    const like = { name, type, userId, isHidden, key, keyScope, group, priority, runAt };
    await this.parts.preparing.askHooks({ id: own.id, ...like }, own.data, user);
    const secrets = pushedAs.secrets && this.#resealed(pushedAs.secrets, from, own.id);
    const inserted = await this.parts.store.insert({ ...own, ...like, secrets });
    if (!inserted.created) await this.parts.files.forget(added);
    return this.parts.answers.of(inserted, { key, onKey: 'reject', transaction: undefined }, user);
  }

  /** What was sealed for one job does not open for another. */
  #resealed(secrets: SealedSecrets, from: string, to: string): SealedSecrets {
    const { secretKeys } = this.parts;
    return secretKeys.seal(to, secretKeys.open(from, secrets));
  }
}

import { setImmediate as endOfTurn, setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../contracts/describe-error.js';
import type { RegisteredHook } from '../contracts/hook.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { Logger } from '../contracts/logger.js';
import type { Hooks } from '../hooks/hooks.js';
import { type Ends, NOTIFICATION, type UntoldEnd } from '../store/ends.js';

export interface TellingParts {
  readonly ends: Ends;
  readonly hooks: Hooks;
  readonly events: JobEvents;
  readonly logger: Logger;
  readonly leaseMs: number;
}

/** How often a worker looks for ends that nobody has told, because the process that brought them died, ms. */
const CATCH_UP_MS = 30_000;
/** An end may become visible so much later than it says: a commit that waits for its disk, ms. */
const LEAST_MARGIN_MS = 60_000;
/** Ends that are written down at once. */
const MOST_IDS = 200;
/** Ends that one hook is told at once. */
const AT_ONCE = 10;

/**
 * Tells the ends of jobs: their owners, and the hooks `finished` of modules. The row of an ended job says all there is
 * to say, so nothing is written when it ends: the process that brought the end tells it at once, and what that process
 * could not tell any more is found by a look at all ends since the last one. The record of each telling makes it one.
 */
export class Telling {
  #toNote = new Set<string>();
  #noting: Promise<void> | undefined;
  #catchingUp: Promise<void> | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #prepared: Promise<unknown> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(private readonly parts: TellingParts) {}

  /** From here on every end in this process is told. */
  listen(): void {
    this.parts.events.on('ended', (id, isQuiet) => {
      if (this.#isToBeTold(isQuiet)) void this.#note(id);
    });
  }

  /** Looks for what nobody has told, now and then. */
  start(): void {
    this.#timer ??= setInterval(() => void this.#track(this.#catchUpSafely()), CATCH_UP_MS).unref();
    void this.#track(this.#catchUpSafely());
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** What ended in this process until now is written down for those who are to be told. */
  async noted(): Promise<void> {
    while (this.#noting) await this.#noting;
  }

  /** As `noted`, also for this job, which another process may have ended: it is about to go on, or to go. */
  async note(id: string, isQuiet: boolean): Promise<void> {
    if (this.#isToBeTold(isQuiet)) await this.#note(id);
  }

  /** What is under way is over, or the time is, ms. */
  async settled(withinMs: number): Promise<void> {
    const timeout = new AbortController();
    const late = sleep(withinMs, undefined, { signal: timeout.signal }).catch(() => undefined);
    await Promise.race([this.#allSettled(), late]);
    timeout.abort();
  }

  /** Nothing more is told from here: the database is about to be closed. */
  close(): void {
    this.stop();
    this.#isClosed = true;
  }

  /**
   * Looks at every end since the last look, and tells those that were not told. Ends when the hooks have returned; throws
   * what the database throws.
   */
  catchUp(): Promise<void> {
    this.#catchingUp ??= this.#catchUp().finally(() => {
      this.#catchingUp = undefined;
    });
    return this.#catchingUp;
  }

  async #allSettled(): Promise<void> {
    while (this.#noting || this.#underWay.size > 0) await Promise.allSettled([this.#noting, ...this.#underWay]);
  }

  async #catchUp(): Promise<void> {
    const { ends, leaseMs } = this.parts;
    await this.#prepare();
    await this.#lookSince(NOTIFICATION, (since) => ends.notify({ since }));
    for (const hook of this.#hooks) {
      await this.#lookSince(hook, (since) => this.#tellEach(() => ends.claimNew(hook, { since }, leaseMs)));
      await this.#tellEach(() => ends.claimLeft(hook, leaseMs));
    }
  }

  get #hooks(): readonly string[] {
    return this.parts.hooks.of('finished').map(nameOf);
  }

  #isToBeTold(isQuiet = false): boolean {
    return !this.#isClosed && (!isQuiet || this.#hooks.length > 0);
  }

  #note(id: string): Promise<void> {
    this.#toNote.add(id);
    this.#noting ??= this.#noteAll();
    return this.#noting;
  }

  /** What ends in one turn goes together. What fails now is found by the next look at all ends. */
  async #noteAll(): Promise<void> {
    await endOfTurn();
    while (this.#toNote.size > 0 && !this.#isClosed) {
      const ids = [...this.#toNote].slice(0, MOST_IDS);
      for (const id of ids) this.#toNote.delete(id);
      try {
        await this.#noteThese(ids);
      } catch (error) {
        this.parts.logger.warn({ error: describeError(error) }, 'ends of jobs could not be told; it is tried again');
      }
    }
    this.#noting = undefined;
  }

  async #noteThese(ids: readonly string[]): Promise<void> {
    const { ends, leaseMs } = this.parts;
    await this.#prepare();
    await ends.notify({ ids });
    for (const hook of this.#hooks) {
      for (let more = true; more; ) {
        const claimed = await ends.claimNew(hook, { ids }, leaseMs);
        void this.#track(this.#tellAll(claimed.won));
        more = claimed.more;
      }
    }
  }

  async #lookSince(name: string, look: (since: string) => Promise<void>): Promise<void> {
    const reach = await this.parts.ends.reach(name, Math.max(LEAST_MARGIN_MS, 2 * this.parts.leaseMs));
    if (!reach) return;
    await look(reach.since);
    await this.parts.ends.reached(name, reach);
  }

  /** What was claimed is told before more is claimed: others may take it meanwhile. */
  async #tellEach(claim: () => ReturnType<Ends['claimLeft']>): Promise<void> {
    for (let more = true; more && !this.#isClosed; ) {
      const claimed = await claim();
      await this.#tellAll(claimed.won);
      more = claimed.more;
    }
  }

  /** A hook that takes its time keeps the ends for itself; a process that dies leaves them to others. */
  async #tellAll(ends: readonly UntoldEnd[]): Promise<void> {
    const untold = new Set(ends);
    const renew = async () => {
      for (const end of untold) await this.parts.ends.renew(end, this.parts.leaseMs).catch(this.#say);
    };
    const timer = setInterval(() => void renew(), this.parts.leaseMs / 3).unref();
    try {
      for (let from = 0; from < ends.length; from += AT_ONCE) {
        await Promise.all(
          ends.slice(from, from + AT_ONCE).map(async (end) => {
            await this.#tell(end);
            untold.delete(end);
          }),
        );
      }
    } finally {
      clearInterval(timer);
    }
  }

  async #tell(end: UntoldEnd): Promise<void> {
    const registered = this.parts.hooks.of('finished').find((each) => nameOf(each) === end.hook);
    if (!registered || this.#isClosed) return;
    await this.parts.hooks.tell<'finished'>(registered, { job: end.job });
    await this.parts.ends.told(end).catch(this.#say);
  }

  readonly #say = (error: unknown): void => {
    this.parts.logger.warn(
      { error: describeError(error) },
      'an end that was told could not be marked; it is told again',
    );
  };

  /** What ended before a module's hook was there is nothing to it. */
  #prepare(): Promise<unknown> {
    this.#prepared ??= Promise.all(this.#hooks.map((hook) => this.parts.ends.begin(hook))).catch((error) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  async #catchUpSafely(): Promise<void> {
    try {
      await this.catchUp();
    } catch (error) {
      this.parts.logger.warn(
        { error: describeError(error) },
        'ends of jobs could not be looked for; it is tried again',
      );
    }
  }

  #track(work: Promise<unknown>): Promise<unknown> {
    const end = () => this.#underWay.delete(work);
    this.#underWay.add(work);
    work.then(end, end);
    return work;
  }
}

const nameOf = ({ module }: RegisteredHook) => `finished:${module}`;

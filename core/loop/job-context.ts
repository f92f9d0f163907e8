import type { ChildJob, ChildOptions, ChildStore, PrepareChild } from '../contracts/child-job.js';
import { ITEM_OUTCOMES, type ItemOutcome, type NewItem } from '../contracts/job-items.js';
import { type DebugSink, isJobLogLevel, type JobLogLevel } from '../contracts/job-log.js';
import type { JobContext, JobData, JobFiles, JobType, WriteTransaction } from '../contracts/progress-job.js';
import type { Secrets } from '../contracts/secret.js';
import { APPLICATION, type User } from '../contracts/user.js';
import { detailsText, messageText } from './line-text.js';
import { NO_SECRETS } from './opened-secrets.js';
import type { Phases } from './phases.js';
import type { RunningJob } from './running-job.js';
import { SliceChildren } from './slice-children.js';
import { tooLate } from './too-late.js';

type WriteCallback = (transaction: WriteTransaction) => void | Promise<void>;

const MOST_KEY_BYTES = 255;
const MOST_REASON = 1000;

/** Who hears what a slice says beside its log, and who answers what it asks. */
export interface Listeners {
  readonly families: Pick<ChildStore, 'of'>;
  readonly prepareChild: PrepareChild;
  /** `undefined`: nobody sits before this job. */
  readonly debugSink: DebugSink | undefined;
  /** A line was said after its slice had returned. */
  readonly tooLate: (running: RunningJob) => void;
}

/** Said where somebody speaks of a phase of a type that has none. */
export const NO_PHASES = "The job's type declares no phases. Add them to its config, as phases: ['Read', 'Write'].";

/** What a slice is given, and what it left there. */
export class SliceContext implements JobContext {
  /**
   * The signal is made when it is asked for, and a property of the context's own, so that `{ ...context }` has it. One
   * getter for all of them: with a getter of its own each context is a slow object.
   */
  static readonly #signal = {
    get(this: SliceContext) {
      return this.running.signal;
    },
    enumerable: true,
  };
  declare readonly signal: AbortSignal;
  readonly user: User;
  readonly secret: Secrets;
  readonly writes: WriteCallback[] = [];
  /** In percent of the whole job. */
  reported: { readonly progress: number; readonly message: string | undefined } | undefined;
  #items: Map<string, NewItem> | undefined;
  #children: SliceChildren | undefined;
  /** What `report` speaks of, from 1. */
  phaseIndex: number;
  #open = true;
  /** Also while its write callbacks run. */
  #hears = true;
  #hasMisspelt = false;

  constructor(
    private readonly running: RunningJob,
    readonly files: JobFiles,
    private readonly listeners: Listeners,
    private readonly phases: Phases | undefined,
  ) {
    Object.defineProperty(this, 'signal', SliceContext.#signal);
    this.secret = running.opened?.secrets ?? NO_SECRETS;
    const { userId } = running.claimed.job;
    this.phaseIndex = phases?.indexOf(running.claimed.job.phase) ?? 1;
    this.user = userId === undefined ? APPLICATION : { id: userId, isAdmin: false };
  }

  /** Arrow functions, so that a service may take them apart: `const { report } = context`. */
  readonly report = (progress: number, message?: string): void => {
    const { progress: last = 0, message: before } = this.reported ?? {};
    // What is no number, a Symbol say, cannot even be reckoned with.
    const isNumber = Number.isFinite(progress);
    const percent = isNumber ? (this.phases?.overall(this.phaseIndex, progress) ?? progress) : last;
    this.reported = { progress: percent, message: message ?? before };
  };

  readonly phase = (phase: number | string): void => {
    if (!this.phases) throw new TypeError(NO_PHASES);
    this.phaseIndex = this.phases.find(phase);
    this.report(0);
  };

  readonly log = (level: JobLogLevel, message: string, details?: unknown): void => {
    const { log, place } = this.running;
    const isKnown = isJobLogLevel(level);
    if (!this.#hears) {
      this.listeners.tooLate(this.running);
      return;
    }
    if (!isKnown && !this.#hasMisspelt) log.say('log', 'warning', place, WRONG_LEVEL, { level });
    this.#hasMisspelt ||= !isKnown;
    log.say('log', isKnown ? level : 'info', place, message, details);
  };

  readonly tell = (text: string): void => {
    if (this.#hears) this.running.log.say('message', 'info', this.running.place, text);
    else this.listeners.tooLate(this.running);
  };

  readonly debug = (message: string, details?: unknown): void => {
    const { debugSink } = this.listeners;
    if (!debugSink) return;
    const { masking } = this.running;
    const json = detailsText(details, masking);
    debugSink({
      job: this.running.number,
      message: messageText(message, masking),
      details: json === undefined ? undefined : JSON.parse(json),
    });
  };

  readonly item = (given: string | number, outcome: ItemOutcome, reason?: string): void => {
    if (!this.#hears) throw tooLate('item', 'it would not be written');
    const { hide } = this.running;
    const key = itemKey(typeof given === 'string' ? hide(given) : given);
    if (!ITEM_OUTCOMES.includes(outcome)) {
      throw new TypeError(`context.item: the outcome of "${key}" must be ${ITEM_OUTCOMES.join(', ')}.`);
    }
    this.#items ??= new Map();
    // Said anew, it stands last.
    this.#items.delete(key);
    this.#items.set(key, {
      key,
      outcome,
      reason: reason === undefined ? undefined : reasonText(typeof reason === 'string' ? hide(reason) : reason),
    });
  };

  readonly addChild = <T extends JobType>(
    name: string,
    type: T,
    data?: JobData<T>,
    options?: ChildOptions,
  ): Promise<string> => {
    if (!this.#open) return Promise.reject(tooLate('addChild', 'the job would not be pushed'));
    this.#children ??= new SliceChildren(this.running.claimed.job, this.listeners.prepareChild);
    return this.#children.add(name, type, data, options);
  };

  readonly children = (): AsyncIterable<ChildJob> => this.listeners.families.of(this.running.number);

  readonly write = (callback: WriteCallback): void => {
    if (!this.#open) throw tooLate('write', 'nothing would run it');
    this.writes.push(callback);
  };

  /** What was said of items, by key, in the order in which it was said. */
  get items(): ReadonlyMap<string, NewItem> {
    return this.#items ?? NONE;
  }

  /** What it added; `undefined`: nothing. */
  get added(): SliceChildren | undefined {
    return this.#children;
  }

  /** As if nothing had been said of them since. */
  restoreItems(items: ReadonlyMap<string, NewItem>): void {
    this.#items = new Map(items);
  }

  /** The slice has returned. */
  close(): void {
    this.#open = false;
    this.#hears = false;
  }

  /** Its write callbacks run, or have run. */
  hear(hears: boolean): void {
    this.#hears = hears;
  }
}

/** Of slices that say nothing of items. */
const NONE: ReadonlyMap<string, NewItem> = new Map();

const WRONG_LEVEL = 'There is no such level; its lines are kept as info. Levels are info, warning and error.';

function itemKey(given: unknown): string {
  const key = typeof given === 'number' ? String(given) : given;
  const bytes = typeof key === 'string' ? Buffer.byteLength(key) : 0;
  if (typeof key === 'string' && bytes > 0 && bytes <= MOST_KEY_BYTES && key.isWellFormed()) return key;
  throw new TypeError(
    `context.item: the key must be a number, or a well-formed text of 1 to ${MOST_KEY_BYTES} bytes, and not ${typeof key === 'string' ? `one of ${bytes} bytes` : `a ${typeof key}`}.`,
  );
}

function reasonText(reason: unknown): string {
  return messageText(reason).slice(0, MOST_REASON).toWellFormed();
}

import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../contracts/describe-error.js';
import type { JobEvents } from '../../contracts/job-events.js';
import type { DebugSink } from '../../contracts/job-log.js';
import type { JobStore } from '../../contracts/job-store.js';
import type { Logger } from '../../contracts/logger.js';
import { APPLICATION } from '../../contracts/user.js';
import type { RunningJob, Sample } from '../running-job.js';
import type { MustLeave } from '../slice-runner.js';
import type { FreshChild } from './children.js';
import { isFromChild } from './from-child.js';
import type { ChildOptions, FromChild, JobState, SliceAnswer, ToChild } from './messages.js';
import { killGroup } from './spawn.js';

/** A child that is asked to end has this long, ms. */
const END_MS = 1000;
/** It may take so long to load the modules and to reach the database, ms. */
const START_MS = 60_000;
/** Shorter leases are for tests: a busy machine keeps a child waiting so long, ms. */
const LEAST_SILENT_MS = 2000;
/** What a child may take beside its heap: code, buffers, stacks. */
const BESIDE_HEAP_BYTES = 256 * 1024 ** 2;

export interface JobChildParts {
  readonly options: ChildOptions;
  /** MiB of heap. */
  readonly memoryMb: number | undefined;
  /** The longest a slice may take, ms. The child looks after it too, as long as its event loop turns. */
  readonly maxSliceMs: number | undefined;
  readonly store: JobStore;
  readonly events: JobEvents;
  readonly logger: Logger;
  readonly debugSink?: DebugSink | undefined;
}

/** It ended although its job had not. */
export interface ChildDeath {
  readonly kind: 'died';
  /** A sentence's end: "it …". */
  readonly how: string;
  /** `false`: it never came to begin a slice, which is not the job's doing. */
  readonly wasReady: boolean;
}

/** The child process of one job, as its worker sees it. The worker keeps lease and beat; the child does the slices. */
export class JobChild {
  private readonly child: ChildProcess;
  readonly #offCut: () => void;
  readonly #ended: Promise<unknown>;
  #isReady: boolean;
  #hasEnded = false;
  #why: string | undefined;
  #sample: Sample | undefined;
  /** Counted in beats of this process, which stand still when it is stopped itself, ms. */
  #silentMs = 0;
  #beats = 0;
  #heard = 0;
  #endLimit: () => void = () => undefined;
  #mustLeave: MustLeave = () => true;
  #answered: (end: SliceAnswer | ChildDeath) => void = () => undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #killWithUs = (): void => killGroup(this.child);

  constructor(
    { process: child, isReady }: FreshChild,
    private readonly running: RunningJob,
    private readonly parts: JobChildParts,
  ) {
    this.child = child;
    this.#isReady = isReady;
    this.#ended = endOf(child).then(() => this.#close());
    // What it has started outlives it otherwise, and may keep the channel open that closes last.
    child.once('exit', () => killGroup(child));
    // A process that cannot even be started says so here, and closes.
    child.on('error', (error) => {
      this.#why ??= `could not be started: ${error.message}`;
    });
    child.on('message', (message) => {
      if (isFromChild(message, running.claimed)) this.#hear(message);
      else this.#kill('sent a message that is none of ours, and was killed');
    });
    process.once('exit', this.#killWithUs);
    this.#timer = setInterval(() => this.#beat(), parts.options.beatMs).unref();
    running.signal.addEventListener('abort', this.#tellStop);
    this.#offCut = running.onCut(() => void this.kill());
    // What is said of the job here comes after what it says there.
    running.log.standAfterChild();
    this.#send({ kind: 'begin', claimed: running.claimed, leaseLeftMs: this.#leaseLeftMs });
    if (running.signal.aborted) this.#tellStop();
  }

  /** One slice: how it came back, or how the child died. */
  async carry(mustLeave: MustLeave): Promise<SliceAnswer | ChildDeath> {
    if (this.#hasEnded) return this.#death();
    this.#mustLeave = mustLeave;
    const { running } = this;
    const end = new Promise<SliceAnswer | ChildDeath>((resolve) => {
      this.#answered = resolve;
    });
    running.sampler = () => this.#sample ?? running.shown;
    this.#send({ kind: 'slice' });
    if (this.#isReady) this.#performs();
    try {
      return await end;
    } finally {
      this.#endLimit();
      running.sampler = undefined;
      this.#sample = undefined;
    }
  }

  /** Lets it close its connections, and kills what is left of it. */
  async end(): Promise<void> {
    this.#send({ kind: 'end' });
    const late = new AbortController();
    const timeout = sleep(END_MS, undefined, { signal: late.signal, ref: false }).catch(() => undefined);
    await Promise.race([this.#ended, timeout]);
    late.abort();
    await this.kill();
  }

  /** Its process is gone. */
  get ended(): Promise<unknown> {
    return this.#ended;
  }

  /** With all that it has started. */
  async kill(): Promise<void> {
    // Its number may be another's by then.
    if (!this.#hasEnded) killGroup(this.child);
    await this.#ended;
  }

  get #leaseLeftMs(): number {
    return this.running.leaseUntil - performance.now();
  }

  readonly #tellStop = (): void => {
    if (!this.#isReady) return void this.kill();
    this.#send({ kind: 'stop', because: this.running.stopped ?? 'stopping' });
  };

  #hear(message: FromChild): void {
    switch (message.kind) {
      case 'ready':
        // Said once; a job's own code might say it again, and have its time begin anew.
        if (this.#isReady) break;
        this.#isReady = true;
        this.#silentMs = 0;
        // Its fair share is not used up by the start of its process.
        this.running.shareSince = performance.now();
        this.#performs();
        break;
      case 'failed':
        this.#why = message.message;
        break;
      case 'alive':
        // One that can speak and not hear is as lost as one that does neither.
        if (message.heard > this.#heard) this.#silentMs = 0;
        this.#heard = message.heard;
        this.#sample = message.sample;
        this.#bound(message.residentBytes);
        break;
      case 'lines':
        this.running.log.take(message.lines);
        break;
      case 'debug':
        this.parts.debugSink?.({ ...message.line, job: this.running.number });
        break;
      case 'mustLeave':
        // The slice has been performed: what is left is to record it.
        this.#endLimit();
        void this.#answerMustLeave();
        break;
      case 'after':
      case 'threw':
        this.#follow(message.state);
        this.#answered(message);
        break;
      case 'log':
        this.parts.logger[message.level]({ ...message.fields, childPid: this.child.pid }, message.message);
        break;
      case 'due':
        this.parts.events.emit('due', message.job);
        break;
      case 'cancelled':
        void this.#tellCancelled(message.number);
        break;
      case 'ended':
        this.parts.events.emit('ended', message.id, undefined, message.parent);
    }
  }

  /** Only what it may say: the message may hold anything besides. */
  #follow({ claimed, shown, progressSent, phase, pace }: JobState): void {
    // The pace last: it is the pace to where the job is claimed to be.
    Object.assign(this.running, { claimed, shown, progressSent, phase, pace });
  }

  /** From here on the slice may have done something, and its time runs. */
  #performs(): void {
    this.running.phase = 'performing';
    this.#endLimit = this.running.limit(this.parts.maxSliceMs);
  }

  #beat(): void {
    const { writtenOfChild } = this.running.log;
    this.#send({ kind: 'lease', leftMs: this.#leaseLeftMs, beat: ++this.#beats, writtenUpTo: writtenOfChild });
    this.#silentMs += this.parts.options.beatMs;
    if (!this.#isReady && this.#silentMs > START_MS) this.#kill(`was not ready within ${START_MS} ms, and was killed`);
    const mostMs = Math.max(this.parts.options.leaseMs, LEAST_SILENT_MS);
    if (this.#isReady && this.#silentMs > mostMs) {
      this.#kill(`blocked its event loop, or did not hear its worker, for more than ${mostMs} ms, and was killed`);
    }
  }

  #bound(residentBytes: number): void {
    const { memoryMb } = this.parts;
    if (memoryMb === undefined || residentBytes <= memoryMb * 1024 ** 2 + BESIDE_HEAP_BYTES) return;
    const took = Math.round(residentBytes / 1024 ** 2);
    this.#kill(
      `took ${took} MiB, more than its type's memoryMb of ${memoryMb} and 256 beside its heap, and was killed`,
    );
  }

  #kill(why: string): void {
    this.#why ??= why;
    void this.kill();
  }

  #death(): ChildDeath {
    return { kind: 'died', how: this.#why ?? howItEnded(this.child, this.parts.memoryMb), wasReady: this.#isReady };
  }

  /** Another job's slice is cut for it: the row is asked first. */
  async #tellCancelled(number: number): Promise<void> {
    try {
      const job = await this.parts.store.get(number, APPLICATION);
      if (job?.status === 'cancelled') this.parts.events.emit('cancelled', number);
    } catch (error) {
      this.parts.logger.warn({ job: number, error: describeError(error) }, 'a cancel is told by the next beat');
    }
  }

  async #answerMustLeave(): Promise<void> {
    this.#send({ kind: 'leave', must: await this.#mustLeave() });
  }

  #send(message: ToChild): void {
    // What it can no longer hear it need not: its end is heard here.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  #close(): void {
    this.#hasEnded = true;
    this.#answered(this.#death());
    clearInterval(this.#timer);
    process.off('exit', this.#killWithUs);
    this.running.signal.removeEventListener('abort', this.#tellStop);
    this.#offCut();
  }
}

/** A process that could not be started may never close. */
function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => child.pid === undefined && resolve());
  });
}

function howItEnded({ exitCode, signalCode }: ChildProcess, memoryMb: number | undefined): string {
  const allowed = memoryMb === undefined ? '' : `; its type's memoryMb is ${memoryMb}`;
  if (signalCode === 'SIGKILL') return 'was killed (SIGKILL), as a system does that is short of memory';
  if (signalCode === 'SIGABRT') return `was aborted (SIGABRT), as Node.js does when its heap is full${allowed}`;
  if (signalCode !== null) return `was ended by ${signalCode}`;
  return `ended with exit code ${exitCode}`;
}

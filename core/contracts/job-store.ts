import type { CallersTransaction } from './callers-transaction.js';
import type { IdTakenError } from './errors.js';
import type { Counts, InputFile, Job, JobFailure, JobPhase, OutputFile } from './job.js';
import type { TypeLimits } from './limits.js';
import type { WriteTransaction } from './progress-job.js';
import type { SealedSecrets } from './secret.js';
import type { Status, TerminalStatus } from './status.js';
import type { User } from './user.js';

/** A job by its id (UUID) or its number. */
export type JobRef = string | number;

/** Among whom a key is unique. */
export type KeyScope = 'type' | 'owner';

/** A job as pushed, checked by the façade. */
export interface NewJob {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** JSON text, at most 1 MiB. */
  readonly data: string;
  readonly inputs: readonly InputFile[];
  readonly userId: string | undefined;
  readonly isHidden: boolean;
  readonly key: string | undefined;
  /** Whose the key is: the type's (default), or of each owner in the type. */
  readonly keyScope?: KeyScope | undefined;
  /** What `limitPerGroup` of its type counts by. */
  readonly group?: string | undefined;
  readonly priority: number;
  /** ISO 8601 in UTC; `undefined` or past: at once. */
  readonly runAt: string | undefined;
  /** Jobs that start when this one succeeds. */
  readonly next?: readonly NewJob[] | undefined;
  /** The number of the job that adds it. */
  readonly parent?: number | undefined;
  /** The key of the schedule that pushes it. */
  readonly schedule?: string | undefined;
  /** Of its data; 1 where it is not said. */
  readonly version?: number;
  readonly secrets?: SealedSecrets | undefined;
}

/** What a job was pushed with that a new one like it needs, and that `Job` does not hold. */
export interface PushedAs {
  /** JSON text. */
  readonly data: string;
  /** Of `data`. */
  readonly version: number;
  readonly secrets: SealedSecrets | undefined;
}

/** What an insert tells of a new job. */
export type InsertedJob = Pick<Job, 'id' | 'number' | 'type'>;

/** What became of an insert. `created: false`: the job was already there, by its id or by its key. */
export type Inserted =
  | { readonly created: true; readonly job: InsertedJob; readonly next?: readonly InsertedJob[] }
  | { readonly created: false; readonly because: 'id' | 'key'; readonly job: Job };

/** What was there before a list was inserted: a job with the id or key of an entry, or an id that is somebody else's. */
export type Found = Exclude<Inserted, { created: true }> | IdTakenError;

/** Is asked about what was there, by its place in the list; throws to have nothing written. */
export type Refuse = (found: Found, index: number) => void;

/** What a listing is narrowed to. Absent: not narrowed, except that hidden and closed jobs must be asked for. */
export interface JobFilter {
  readonly status?: readonly Status[];
  readonly type?: readonly string[];
  readonly userId?: string;
  /** The key that they were pushed with, whatever their type; jobs that have ended too. */
  readonly key?: string;
  /** The key of the schedule that pushed them. */
  readonly schedule?: string;
  /** Part of the name (any letter case, `%` and `_` are plain letters), or a whole id or number. */
  readonly q?: string;
  /** The job that added them, by id or number; then also hidden and closed ones, unless the filter says which. */
  readonly parent?: JobRef;
  /** These and no others, at most 200; then also hidden and closed ones, unless the filter says which. */
  readonly numbers?: readonly number[];
  /** Of each of these groups (at most 200) only the newest job that meets the rest but `status` and `q`; else as `numbers`. */
  readonly newestOfGroup?: readonly string[];
  readonly isHidden?: boolean;
  readonly isClosed?: boolean;
  /** 1…200, 15 by default. */
  readonly limit?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** What tells two states of a job apart. */
export type JobVersion = Pick<Job, 'number' | 'revision'>;

/** A page: unfinished jobs first, then the newest. */
export interface JobPage<J = Job> {
  readonly list: readonly J[];
  /** Counted up to 1,000. */
  readonly total: number;
  readonly totalIsCapped: boolean;
  readonly nextCursor: string | undefined;
}

/** The right to write a job: its token. A stale one is refused by every write. */
export interface Lease {
  readonly number: number;
  readonly leaseVersion: number;
}

/** How fast a job comes on. Time counts while a worker carries it, and not while it is paused or waits. */
export interface Pace {
  /** Percent that it moved lately, in its present phase … */
  readonly percent: number;
  /** … and the milliseconds that this took. */
  readonly ms: number;
  /** All the time it was worked on, ms. */
  readonly workMs: number;
}

/** When a job will have ended, as seen from a move of its bar. */
export interface Estimate {
  readonly pace: Pace;
  /** Whole milliseconds from now; `undefined`: not known. */
  readonly leftMs: number | undefined;
}

/** A job that this worker holds. */
export interface ClaimedJob extends Lease {
  readonly job: Job;
  /** `job.data` as it stands in the row, or as it was migrated since. */
  readonly dataText: string;
  readonly secrets: SealedSecrets | undefined;
  /** How many slices were recorded so far. */
  readonly sliceSeq: number;
  /** How often its worker died since it last moved. */
  readonly crashCount: number;
  /** A worker died in one of its slices: from then on it runs in a child process. */
  readonly isIsolated: boolean;
  /** How often its own child process died in one of its slices. */
  readonly childDeaths: number;
  /** How often it was tried again after an error, by its type's policy. */
  readonly triesUsed: number;
  /** How often in a row it said "not now". */
  readonly refusals: number;
  /** How many slices in a row moved nothing although they said they had. */
  readonly idleSlices: number;
  /** Numbers of the jobs that start when this one succeeds. */
  readonly next: readonly number[];
  /** `undefined` until it has moved. */
  readonly pace: Pace | undefined;
  /** Columns of its row that somebody has damaged, so that no slice can go on from there; hardly any job has them. */
  readonly damaged?: string;
}

export interface ClaimRequest {
  /** `host:pid/boot`, where `boot` tells two workers of one process apart; no other slash. */
  readonly worker: string;
  /** Types in the order in which they are served. */
  readonly types: readonly string[];
  readonly limit: number;
  readonly leaseMs: number;
  /** Of types that have any. */
  readonly limits?: ReadonlyMap<string, TypeLimits>;
  /**
   * Processes that stand by for jobs of dead workers. More jobs than that whose lease ended just now are left for
   * `LEFT_MS` to workers that have one. Default: none is left.
   */
  readonly standingBy?: number;
}

/** A claim of jobs that are to begin later. */
export interface PrefetchRequest extends Omit<ClaimRequest, 'standingBy'> {
  /** Types that may wait in a worker: without limits of any kind, and able to resume after its death. */
  readonly mayWait: ReadonlySet<string>;
}

/** What a worker holds before there are places for it. Its death means nothing to them until `begin` was told of them. */
export interface Prefetched {
  /** Which of the worker's prefetching claims: they rise. */
  readonly claim: number;
  /** Rising by number. */
  readonly jobs: readonly ClaimedJob[];
  /** Where each stood in line, by number, as its row said it. */
  readonly dueAt: ReadonlyMap<number, string>;
}

/** Where a prefetched job stands among those of its worker, which begins them in this order: by claim, then by number. */
export interface PrefetchPosition {
  /** Which of the worker's prefetching claims. */
  readonly claim: number;
  /** The job's. */
  readonly number: number;
}

/** A prefetched job that is to go back. */
export interface UnbegunJob extends PrefetchPosition {
  /** Where it stood in line, as its row said it; `undefined`: it goes to the back. */
  readonly dueAt: string | undefined;
}

/** So long is a job that was just lost left to workers that have a process for it, ms. */
export const LEFT_MS = 250;

/** What a claim took, and what it did not. */
export interface Claimed {
  readonly jobs: readonly ClaimedJob[];
  /** Others were due. */
  readonly more: boolean;
  /** Some were left to other workers; in `LEFT_MS` they are not any more. */
  readonly hasLeft: boolean;
}

/** What a beat tells about one running job. Fields that are absent stay as they are. */
export interface Beat extends Lease {
  /** Prolongs the lease by its whole length. */
  readonly renew: boolean;
  /** The slice that `moved` was seen in: what an older slice says is not taken. */
  readonly sliceSeq: number;
  readonly moved?: {
    readonly progress: number;
    readonly message: string | undefined;
    readonly counts: Counts;
    readonly phase?: JobPhase | undefined;
    readonly estimate?: Estimate | undefined;
  };
}

/** What a beat hears about one job; a job whose row is gone has no answer. */
export interface BeatAnswer {
  /** `false`: somebody has locked the row, so that it could not be told anything; nothing was renewed. */
  readonly wasTold: boolean;
  readonly number: number;
  readonly leaseVersion: number;
  readonly status: Status;
}

/** A slice to be recorded. */
export interface SliceRecord {
  readonly status: 'in_progress' | Exclude<TerminalStatus, 'cancelled'>;
  readonly offset: number;
  readonly progress: number;
  readonly counts: Counts;
  readonly message: string | undefined;
  /** JSON text, `undefined` when unchanged: a long text is not written again with every slice. */
  readonly data: string | undefined;
  /** That of `data` from now on; not said when unchanged. */
  readonly version?: number | undefined;
  /** JSON text, `undefined` when unchanged. */
  readonly result: string | undefined;
  readonly error: JobFailure | undefined;
  /** `undefined` when unchanged. */
  readonly outputs: readonly OutputFile[] | undefined;
  readonly idleSlices: number;
  /** `undefined` when unchanged. */
  readonly phase?: JobPhase | undefined;
  /** `undefined`: what was estimated before stays. */
  readonly estimate?: Estimate | undefined;
}

/** How a job that is not finished is left by its worker. */
export type Leave =
  /** Goes on here: the lease is renewed. */
  | { readonly next: 'keep'; readonly leaseMs: number }
  /** To the back of the line: due like a row pushed now. */
  | { readonly next: 'back' }
  /** Not due, until the children that it added in this slice have ended. */
  | { readonly next: 'wait' };

/** What became of a slice that was to be recorded. */
export type Recorded =
  /** It stands in the row. */
  | 'recorded'
  /** It stands in the row; a person has paused the job meanwhile, and it is no longer held. */
  | 'paused'
  /** The lease was lost: nothing was written. */
  | 'lost'
  /** Its answer was lost, and others have written the row since: it may have counted, and is not done again. */
  | 'unknown';

/** Where jobs live. One statement per method, as far as the database allows; guarded ones answer whether the guard held. */
export interface JobStore {
  /**
   * By how much a claim raises a job's token: a number of this store's own. A database that was set back in time (a
   * restored backup, a replica that was behind) gives the same job out again, and not with the same token.
   */
  readonly tokenStep: number;

  /** Adds a job, or finds the one that has its id or, unfinished, its key. */
  insert(job: NewJob): Promise<Inserted>;
  /**
   * As `insert`, all of them or none; no two may have one id, or one key of a type. `refuse` is asked about each that is
   * there already, before anything is written.
   */
  insertMany(jobs: readonly NewJob[], refuse: Refuse): Promise<readonly Inserted[]>;
  /**
   * As `insertMany`, in a transaction of the caller's, of which a part it is: no row without its commit. What the
   * database says against it is the caller's to hear. Throws InvalidInputError for a transaction of another database.
   */
  insertWithin(transaction: CallersTransaction, jobs: readonly NewJob[], refuse: Refuse): Promise<readonly Inserted[]>;
  /** The job, if the viewer may see it. */
  get(ref: JobRef, viewer: User): Promise<Job | undefined>;
  find(filter: JobFilter, viewer: User): Promise<JobPage>;
  /** The same page without what may be large: enough to tell whether anything on it has changed. */
  findVersions(filter: JobFilter, viewer: User): Promise<JobPage<JobVersion>>;
  /** How many jobs the filter finds on all of its pages, counted up to `most`. */
  count(filter: JobFilter, viewer: User, most: number): Promise<number>;
  /** Jobs per status (hidden and closed ones left out), each counted up to 1,000. */
  counts(viewer: User): Promise<Readonly<Record<Status, number>>>;
  /** Which of these are still unfinished, and the status of the others; those that are gone are left out. */
  statuses(ids: readonly string[]): Promise<ReadonlyMap<string, Status>>;
  /** Ends a job that is new, in progress or paused; bumps its token. `false`: it was not, or the viewer may not. */
  cancel(number: number, viewer: User): Promise<boolean>;
  /**
   * Lets a job rest that is new or in progress. A slice that runs goes on to its end and is recorded; then nobody
   * claims the job. It keeps its key. `false`: it is neither, or the viewer may not.
   */
  pause(number: number, viewer: User): Promise<boolean>;
  /** Lets a paused job go on where it was. `false`: it is not paused, or the viewer may not. */
  resume(number: number, viewer: User): Promise<boolean>;
  /**
   * Lets a job that ended in error or was cancelled try again where it was, with fresh counters.
   * Throws KeyBusyError when another job holds its key by now. `false`: it is neither, or the viewer may not.
   */
  retry(number: number, viewer: User): Promise<boolean>;
  /** Lets a job start that waits for another one, which need not succeed any more. `false`: it does not wait, or the viewer may not. */
  startNow(number: number, viewer: User): Promise<boolean>;
  /** What the job was pushed with; `undefined` for one that is gone. */
  pushedAs(number: number): Promise<PushedAs | undefined>;
  /** Hides a finished job from its owner's panel. `false`: it is not finished, or the viewer may not. */
  close(number: number, viewer: User): Promise<boolean>;
  /** Removes a finished job. `false`: it is not finished, or the viewer may not. */
  remove(number: number, viewer: User): Promise<boolean>;

  /**
   * Takes up to `limit` due jobs of these types, the types in turn, the oldest of each first, as they stood at most
   * 100 ms ago.
   */
  claim(request: ClaimRequest): Promise<Claimed>;
  /**
   * As `claim`, for later, where nothing else of this worker's is due than what may wait: no other types, and no jobs of
   * dead workers. `undefined`: not now. Throws as `claim`, and then gives back what it may have taken.
   */
  prefetch(request: PrefetchRequest): Promise<Prefetched | undefined>;
  /**
   * Said before they do: what this worker has prefetched begins, up to and with this one. `false`: it must not. Throws
   * when the database does not answer within 2 s, or somebody has locked the worker's row for longer than 1 s.
   */
  begin(worker: string, upTo: PrefetchPosition): Promise<boolean>;
  /**
   * What has not begun goes back to where it stood in line. What somebody has locked follows with later claims, until the
   * lease of so many milliseconds has ended; so does what this throws for, when the database fails.
   */
  giveBack(worker: string, waiting: readonly UnbegunJob[], leaseMs: number): Promise<void>;
  /** Takes this very job if it is due, whatever its type: whoever asks has seen that this worker can carry it. */
  claimOne(number: number, request: Pick<ClaimRequest, 'worker' | 'leaseMs'>): Promise<ClaimedJob | undefined>;
  /** Gives back what claims may have taken whose answers were lost. A claim does so too, first of all. */
  giveBackUncertain(): Promise<void>;
  /** Is any job of these types due and not held? */
  someDue(types: readonly string[]): Promise<boolean>;
  /** How many jobs of these types have a lease that ends within so many milliseconds, by type; counts up to `most` of each. */
  runningOut(types: readonly string[], withinMs: number, most: number): Promise<ReadonlyMap<string, number>>;
  /** Saves what moved, renews leases, and tells how the jobs stand now. Throws when no answer comes within a third of the lease. */
  beat(beats: readonly Beat[], leaseMs: number): Promise<ReadonlyMap<number, BeatAnswer>>;
  /**
   * Records a slice under its token; with the last one of a success, what waits for the job starts. A connection that breaks in the middle is not the end: the row is read back, and
   * the slice recorded once the database answers again. Throws when no connection survives the write.
   */
  record(lease: ClaimedJob, slice: SliceRecord, leave: Leave): Promise<Recorded>;
  /**
   * As `record`, in one transaction with `work`, which writes and then gives the slice. `work` is run again,
   * in a new transaction, after a deadlock. `lost`: everything was rolled back.
   */
  recordWith(
    lease: ClaimedJob,
    work: (transaction: WriteTransaction) => Promise<{ readonly slice: SliceRecord; readonly leave: Leave }>,
  ): Promise<Recorded>;
  /**
   * A slice failed and its type lets it try again: due after `delayMs`, as a new attempt, with the error to be read
   * until then; offset, data and progress stay.
   */
  tryLater(lease: ClaimedJob, error: JobFailure, delayMs: number): Promise<boolean>;
  /** "Not now": due again after `delayMs`; offset, data and progress stay. */
  postpone(
    lease: Lease,
    counts: { readonly refusals: number; readonly idleSlices: number },
    delayMs: number,
  ): Promise<boolean>;
  /** Gives a job back, due at once; bumps its token. */
  release(lease: Lease): Promise<boolean>;
  /**
   * The job's own child process died in a slice, which may have been recorded: due again at once, isolated, and the
   * death counted; bumps its token.
   */
  childDied(lease: Lease): Promise<boolean>;
  /** As `childDied`, but this death was one too many: the job ends in error. */
  condemn(lease: Lease, error: JobFailure): Promise<boolean>;
  /** Ends the leases that workers of this host held which are no longer alive. Returns how many. */
  endLeasesOfDead(host: string, isAlive: (pid: number, boot: string) => boolean): Promise<number>;
}

import type { CheckedOptions } from './check-push.js';
import type { CallersTransaction } from './contracts/callers-transaction.js';
import { IdTakenError, KeyBusyError } from './contracts/errors.js';
import type { Job } from './contracts/job.js';
import type { JobEvents } from './contracts/job-events.js';
import type { Found, Inserted } from './contracts/job-store.js';
import type { User } from './contracts/user.js';
import { whenCommitted } from './store/callers-transaction.js';

/** What a push gives back. `created: false`: the job was there already, by its id or its key. */
export interface Pushed {
  readonly id: string;
  readonly number: number;
  readonly created: boolean;
  /** The jobs that wait for it, in the order of the option `next`; `undefined`: none was pushed. */
  readonly next?: readonly Pushed[];
}

/** What the caller of a push hears, and the loop of this process. */
export class PushAnswers {
  constructor(private readonly events: JobEvents) {}

  /** Throws KeyBusyError. */
  of(inserted: Inserted, asked: Pick<CheckedOptions, 'key' | 'onKey' | 'transaction'>, user: User): Pushed {
    const { id, number, type } = inserted.job;
    if (!inserted.created) refuseUnlessJoined(inserted, asked, user);
    else this.#tell({ id, type }, asked.transaction);
    const pushed = { id, number, created: inserted.created };
    if (!inserted.created || !inserted.next) return pushed;
    return { ...pushed, next: inserted.next.map((later) => ({ id: later.id, number: later.number, created: true })) };
  }

  /** The loop of this process need not look at what nobody else can see yet; after a commit that it does not hear of, it looks anyway. */
  #tell(job: Pick<Job, 'id' | 'type'>, transaction: CallersTransaction | undefined): void {
    if (!transaction) this.events.emit('pushed', job);
    // Rolled back: there is nothing to tell, and the caller knows.
    else
      void whenCommitted(transaction)?.then(
        () => this.events.emit('pushed', job),
        () => undefined,
      );
  }
}

/** Throws what stands in the way of a push, unless that asked for it. */
export function refuseUnlessAccepted(found: Found, asked: Pick<CheckedOptions, 'key' | 'onKey'>, user: User): void {
  if (found instanceof IdTakenError) throw found;
  refuseUnlessJoined(found, asked, user);
}

/** A busy key is joined only by who asks for it, and may see its holder. */
function refuseUnlessJoined(
  { because, job }: Exclude<Found, IdTakenError>,
  { key = '', onKey }: Pick<CheckedOptions, 'key' | 'onKey'>,
  user: User,
): void {
  const maySee = user.isAdmin || job.userId === user.id;
  if (because === 'key' && (onKey === 'reject' || !maySee)) throw new KeyBusyError(key, maySee ? job.id : undefined);
}

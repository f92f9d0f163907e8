import { isUnfinished, type JobView } from '../client/job.js';
import { JobClient, type Statuses } from '../client/job-client.js';
import { Poller } from '../client/poller.js';

/** A place on a page that shows how one job stands. */
export interface StatusPlace {
  /** The id or number of a job … */
  readonly job: string | undefined;
  /** … or a group, of which the newest job is meant. */
  readonly group: string | undefined;
  /** `null`: there is none. */
  view: JobView | null | undefined;
}

const EVERY_MS = 5000;
/** As many as one question may have. */
const MOST = 200;

/** Supplies all places of a page with one question, every 5 s, and none once their jobs have ended. */
export class StatusFeed {
  static readonly #feeds = new Map<string, StatusFeed>();

  /** The one of the server at `src`. */
  static at(src: string): StatusFeed {
    const feed = StatusFeed.#feeds.get(src) ?? new StatusFeed(new JobClient(src));
    StatusFeed.#feeds.set(src, feed);
    return feed;
  }

  readonly #client: JobClient;
  readonly #places = new Set<StatusPlace>();
  readonly #poller = new Poller<Statuses>({
    ask: (signal) => this.#ask(signal),
    onAnswer: (statuses) => this.#take(statuses),
    // Places keep what they show; there is no room for words.
    onTrouble: () => undefined,
    onSignedOut: () => undefined,
  });
  #gathering: Promise<void> | undefined;

  private constructor(client: JobClient) {
    this.#client = client;
  }

  add(place: StatusPlace): void {
    this.#places.add(place);
    // All places of a page come in one turn.
    this.#gathering ??= Promise.resolve().then(() => {
      this.#gathering = undefined;
      // One question for the new and the old ones: a look that is out is forgotten.
      this.#poller.stop();
      this.#poller.start();
    });
  }

  remove(place: StatusPlace): void {
    this.#places.delete(place);
    if (this.#places.size === 0) this.#poller.stop();
  }

  /** What is not there, and what has ended, is not asked for again. */
  #open(): readonly StatusPlace[] {
    return [...this.#places]
      .filter(({ view }) => view === undefined || (view !== null && isUnfinished(view)))
      .slice(0, MOST);
  }

  #ask(signal: AbortSignal): Promise<Statuses> {
    const open = this.#open();
    const jobs = open.flatMap(({ job }) => (job ? [job] : []));
    const groups = open.flatMap(({ job, group }) => (!job && group ? [group] : []));
    return this.#client.statuses([...new Set(jobs)], [...new Set(groups)], signal);
  }

  #take({ jobs, groups }: Statuses): number | undefined {
    for (const place of this.#open()) place.view = (place.job ? jobs[place.job] : groups[place.group ?? '']) ?? null;
    if (this.#open().length > 0) return EVERY_MS;
    this.#poller.stop();
    return undefined;
  }
}

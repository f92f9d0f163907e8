import type { Bound } from './container/bind.js';
import type { AppContainer } from './container/container.js';
import { describeError } from './contracts/describe-error.js';
import type { Logger } from './contracts/logger.js';
import { blameSlice } from './store/scope.js';

/** What is being told at a stop has so long, ms; then another worker tells it. */
const TELLING_MS = 500;

/** A running core. */
export class App implements AsyncDisposable {
  #closing: Promise<void> | undefined;
  /** How often it was stopped: a start that is still looking at the database learns from it that it was called off. */
  #stops = 0;

  constructor(
    readonly container: AppContainer,
    /** Answers HTTP: mount it in any host that speaks web-standard requests. */
    readonly handler: (request: Request) => Promise<Response>,
    private readonly bound: Bound,
    private readonly logger: Logger,
    private readonly onClosed: () => void,
  ) {}

  /**
   * Begins to work on jobs. Throws once the application is being closed, and StoreUnavailableError on a server that
   * does not do what the engine rests on. One that does not answer is waited for.
   */
  async start(): Promise<void> {
    if (this.#closing) throw new Error('The application has been closed. Boot another one.');
    const stops = this.#stops;
    const refusal = await this.bound.startCheck.refusal();
    if (this.#stops !== stops) return;
    if (refusal) throw refusal;
    this.bound.watchdog?.start();
    this.container.get('loop').start();
    this.bound.housekeeping.start();
    this.bound.presence.start();
    this.bound.schemaWatch.start(() => this.#retire());
    this.bound.scheduler.start();
    this.bound.lookAhead?.start();
    this.bound.telling.start();
    this.bound.families.start();
  }

  /** One pass, for cron: pushes what schedules have due, then carries each due job one slice further. Returns how many jobs. */
  async tick(): Promise<number> {
    await this.bound.scheduler.look();
    await this.bound.families.look();
    return this.container.get('loop').tick();
  }

  /** Has schedules that are new begin now, as the first pass would. Pushes nothing. */
  seeSchedules(): Promise<void> {
    return this.bound.scheduler.see();
  }

  /** Pushes what schedules have due, and carries nothing. Returns the jobs' ids. */
  async pushScheduled(): Promise<readonly string[]> {
    const ids: string[] = [];
    const hear = ({ id }: { readonly id: string }) => void ids.push(id);
    const events = this.container.get('jobEvents').on('pushed', hear);
    await this.bound.scheduler.look().finally(() => events.off('pushed', hear));
    return ids;
  }

  /** Has jobs go on at once whose children have all ended: these, or all of them. Returns how many. */
  wakeParents(numbers?: readonly number[]): Promise<number> {
    return this.bound.families.wake(numbers);
  }

  /** Begins nothing more, and ends when each slice that runs has ended by itself. To be followed by `stop`, or by letting go of it. */
  drain(): Promise<void> {
    return this.container.get('loop').drain();
  }

  /**
   * Resolves once as many slices as there are places go on although they were told to stop, and do so for 10 s. They hold
   * what they hold for as long as the process lives: let its jobs go with `stop`, and begin a fresh one.
   */
  untilWornOut(): Promise<void> {
    return this.bound.left.areMany;
  }

  /** Ends running slices within the grace time and gives their jobs back. Returns whether none had to be cut. */
  async stop(): Promise<boolean> {
    if (this.#closing) return this.#closing.then(() => true);
    return this.#stop();
  }

  /** What runs comes to its end; others work from now on. The rest of the process goes on. */
  async #retire(): Promise<void> {
    const { housekeeping, scheduler, families, presence, lookAhead, telling } = this.bound;
    telling.stop();
    await Promise.all([housekeeping.stop(), scheduler.stop(), families.stop(), lookAhead?.stop(), this.drain()]);
    await presence.stop();
  }

  async #stop(): Promise<boolean> {
    this.#stops++;
    const { housekeeping, scheduler, families } = this.bound;
    this.bound.schemaWatch.stop();
    const others = [housekeeping.stop(), scheduler.stop(), families.stop()];
    const [inTime] = await Promise.all([this.container.get('loop').stop(), ...others]);
    const { presence, watchdog, lookAhead } = this.bound;
    await Promise.all([presence.stop(), watchdog?.stop(), lookAhead?.stop()]);
    this.bound.telling.stop();
    await this.bound.telling.settled(TELLING_MS);
    return inTime;
  }

  /**
   * For `uncaughtException` and `unhandledRejection` of the process: gives the error to the slice whose timer or
   * promise threw it, and logs it. Rows are guarded by tokens, so that going on harms none.
   */
  strayError(error: unknown): void {
    const isBlamed = blameSlice(error);
    this.logger.error({ error: describeError(error), ofASlice: isBlamed }, 'an error was thrown outside every call');
  }

  /**
   * Leaves everything as the death of the process would: nothing is given back and nothing is closed that the database
   * would notice. For tests, which see to it that no statement of it is sent any more.
   */
  abandon(): void {
    this.#closing = Promise.resolve();
    this.container.get('loop').abandon();
    void this.bound.housekeeping.stop();
    void this.bound.scheduler.stop();
    this.bound.presence.abandon();
    this.bound.schemaWatch.stop();
    void this.bound.families.stop();
    this.bound.telling.stop();
    void this.bound.watchdog?.stop();
    void this.bound.lookAhead?.stop();
    void this.container.get('database').close();
    this.onClosed();
  }

  /** Stops, and closes the database. Asked again, it does nothing more. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const database = this.container.get('database');
    try {
      await this.#stop();
      await this.bound.isolation.close();
      await this.bound.telling.settled(TELLING_MS);
      this.bound.telling.close();
      this.bound.waits.close();
      await this.container.close();
    } finally {
      await database.close();
      this.onClosed();
    }
  }
}

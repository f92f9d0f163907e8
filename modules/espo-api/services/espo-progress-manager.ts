import type { Services, User } from 'progress-manager';
import { APPLICATION, InvalidInputError, inject, ProgressManagerError } from 'progress-manager';

/** What listeners are told: a status by its plain name (`success`), data as JSON. */
export interface EspoEvents {
  /** A slice is about to be written, in the process that carries its job. Progress: 0…100. */
  readonly beforeUpdate: Readonly<Record<'id' | 'type' | 'status' | 'data', string>> & { readonly progress: number };
  /** What a listener throws refuses the cancel. */
  readonly beforeCancel: { readonly id: string };
  readonly afterCancel: { readonly id: string };
}

type Listeners = { readonly [E in keyof EspoEvents]: ((payload: EspoEvents[E]) => unknown)[] };
type Job = readonly [name: string, type: string, data?: unknown, userId?: string, isHidden?: boolean];

/** `push` and events as TreoCore has them. For everything else there is `progressManager`. */
export class EspoProgressManager {
  readonly #listeners: Listeners = { beforeUpdate: [], beforeCancel: [], afterCancel: [] };

  constructor(
    @inject('progressManager') private readonly progressManager: Services['progressManager'],
    @inject('logger') private readonly logger: Services['logger'],
  ) {}

  /**
   * Pushes a job for this user. `false`, with no row and a line in the log that says why: the type is unknown, the name
   * is empty or "0", or the job is refused otherwise. What is not the caller's mistake is thrown.
   */
  push(...job: Job): Promise<boolean> {
    return this.#push(APPLICATION, ...job);
  }

  /** `push` by the current user, whose the jobs are unless it names another. */
  as(user: User): { push(...job: Job): Promise<boolean> } {
    return { push: (...job) => this.#push(user, ...job) };
  }

  /** Calls the listener from now on, in this process. Throws InvalidInputError for an event that there is not. */
  on<E extends keyof EspoEvents>(event: E, listener: Listeners[E][number]): void {
    if (Object.hasOwn(this.#listeners, event)) this.#listeners[event].push(listener);
    else throw new InvalidInputError('event', `must be one of ${Object.keys(this.#listeners).join(', ')}.`);
  }

  /** Tells the listeners one after the other. What one throws is thrown, and those after it are not told. */
  async tell<E extends keyof EspoEvents>(event: E, payload: () => EspoEvents[E]): Promise<void> {
    for (const listener of this.#listeners[event]) await listener(payload());
  }

  async #push(user: User, ...[name, type, data = [], userId = '', isHidden = false]: Job): Promise<boolean> {
    // PHP has one word for an empty list and for no data; schemas of types mean the latter.
    const given = Array.isArray(data) && data.length === 0 ? {} : data;
    try {
      const options = { isHidden, ...(!isEmpty(userId) && { userId }) };
      if (isEmpty(name)) throw new InvalidInputError('name', 'must not be empty.');
      await this.progressManager.push(name, type, given, options, { user });
      return true;
    } catch (error) {
      if (!(error instanceof ProgressManagerError) || error.status >= 500) throw error;
      this.logger.warn({ type, code: error.code, reason: error.message }, 'a push was refused');
      return false;
    }
  }
}

/** As PHP's `empty`. */
const isEmpty = (text: string) => text === '' || text === '0';

import type { Job, OfferedAction, Services, Status, User } from 'progress-manager';
import { inject, STATUS_WORDS, UNFINISHED_STATUSES } from 'progress-manager';
import { ShowMessageAction } from './show-message-action.js';

/** The panel's jobs in its order, unfinished ones and those that have ended: cancelled ones are gone from it. */
export const SHOWN: readonly [readonly Status[], readonly Status[]] = [UNFINISHED_STATUSES, ['error', 'success']];
/** Of core's own actions those that TreoCore knows. */
const KNOWN_ACTIONS = ['cancel', 'close'];

/** Jobs of this user alone, also where an admin asks. */
export const ownJobs = ({ id }: User) => ({ user: { id, isAdmin: false } });

/** The rows of the panel. */
export class PopupData {
  constructor(
    @inject('progressManager') private readonly progressManager: Services['progressManager'],
    @inject('registry') private readonly registry: Services['registry'],
    @inject(ShowMessageAction) private readonly showMessage: ShowMessageAction,
  ) {}

  /** At most `maxSize` rows, 1 to 200; `total` counts up to 10,000. Changes nothing. */
  async of(user: User, maxSize: number): Promise<object> {
    const jobs = new Map<string, Job>();
    // One that ended between two looks stands where it was seen first.
    for (const statuses of SHOWN)
      if (jobs.size < maxSize) for (const job of await this.#first(statuses, maxSize, user)) jobs.set(job.id, job);
    const total = await this.progressManager.count({ status: SHOWN.flat() }, ownJobs(user));
    const list = [...jobs.values()].slice(0, maxSize);
    return { total, list: await Promise.all(list.map((job) => this.#row(job, user))) };
  }

  /** In the order of the statuses, of each the newest first. */
  async #first(statuses: readonly Status[], limit: number, user: User): Promise<readonly Job[]> {
    const find = (status: readonly Status[]) => this.progressManager.find({ status, limit }, ownJobs(user));
    const { list, nextCursor } = await find(statuses);
    const of = (key: Status) => list.filter(({ status }) => status === key);
    const pages: Job[] = [];
    for (const key of statuses) pages.push(...(nextCursor === undefined ? of(key) : (await find([key])).list));
    return pages;
  }

  async #row(job: Job, user: User): Promise<object> {
    const offered = await this.progressManager.actionsOf(job, ownJobs(user));
    const message = { type: 'showMessage', data: this.showMessage.getProgressStatusActionData(job) };
    const actions = offered.flatMap((action) => this.#known(action));
    const all = actions.some(({ type }) => type === message.type) ? actions : [...actions, message];
    const { id, name, progress, status } = job;
    const shown = all.filter(({ data }) => data.isEmpty !== true);
    return { id, name, progress, status: { key: status, translate: STATUS_WORDS[status].label }, actions: shown };
  }

  #known({ type, data }: OfferedAction): readonly Omit<OfferedAction, 'label'>[] {
    if (this.registry.actions.get(type)?.module !== 'core') return [{ type, data }];
    return KNOWN_ACTIONS.includes(type) ? [{ type, data: {} }] : [];
  }
}

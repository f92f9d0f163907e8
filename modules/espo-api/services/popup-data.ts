import type { Job, OfferedAction, Services, Status, User } from 'progress-manager';
import { inject, STATUS_WORDS } from 'progress-manager';
import { ShowMessageAction } from './show-message-action.js';

/** The panel's jobs in its order: cancelled ones are gone from it. */
export const SHOWN: readonly Status[] = ['new', 'in_progress', 'paused', 'error', 'success'];
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

  /** At most `maxSize` rows, 1 to 200; `total` counts up to 1,000 of each status. Changes nothing. */
  async of(user: User, maxSize: number): Promise<object> {
    const jobs = new Map<string, Job>();
    let total = 0;
    for (const status of SHOWN) {
      const page = await this.progressManager.find({ status: [status], limit: maxSize }, ownJobs(user));
      total += page.total;
      // One that went on between two looks stands where it was seen first.
      for (const job of page.list) jobs.set(job.id, job);
    }
    const list = [...jobs.values()].slice(0, maxSize);
    return { total, list: await Promise.all(list.map((job) => this.#row(job, user))) };
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

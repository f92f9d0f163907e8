import { HttpError, inject, type Routes, type Services, type User } from 'progress-manager';
import { answer, answerError, maxSizeIn } from './http-as-espo.js';
import { ownJobs } from './popup-data.js';

/** So long nobody may work before users are told, ms. */
const STANDSTILL_MS = 120_000;
const STANDSTILL_WORDS = 'No worker has been seen for 120 s, and jobs wait for one. Ask an admin to start it.';

/** The addresses of EspoCRM's controller Notification: which jobs have ended, and that nobody works on them. */
export class NotificationRoutes {
  constructor(@inject('progressManager') private readonly progressManager: Services['progressManager']) {}

  mount(app: Routes): void {
    app.onError(answerError);
    answer(app, 'GET', '/', (context) => this.#list(context.var.user, maxSizeIn(context)));
    answer(app, 'GET', '/action/notReadCount', async ({ var: { user } }) => {
      await this.#refuseStandstill(user);
      return (await this.progressManager.notifications({ user }, { limit: 1 })).unread;
    });
    answer(app, 'POST', '/action/markAllRead', async ({ var: { user } }) => {
      await this.progressManager.markNotificationsRead({ user }, 'all');
      return true;
    });
  }

  async #list(user: User, limit: number): Promise<object> {
    const page = await this.progressManager.notifications({ user }, { limit });
    const list = page.list.map(({ id, text, isRead, createdAt }) => {
      const told = { id: String(id), type: 'Message', message: text, read: isRead, userId: user.id };
      return { ...told, createdAt: createdAt.slice(0, 19).replace('T', ' ') };
    });
    // EspoCRM's −1: there are more, which nobody has counted.
    return { total: page.nextCursor === undefined ? list.length : -1, list };
  }

  /** Throws HttpError, 500, when a job of theirs has waited for 120 s, and no worker was seen for as long. */
  async #refuseStandstill(user: User): Promise<void> {
    const { list } = await this.progressManager.find({ status: ['new', 'in_progress'], limit: 200 }, ownJobs(user));
    if (list.length === 0) return;
    const workers = await this.progressManager.workers();
    if (workers.some(({ silentMs }) => silentMs < STANDSTILL_MS)) return;
    const at = new Date((await this.progressManager.now()).getTime() - STANDSTILL_MS).toISOString();
    // Without a time it waits for something else than a worker.
    const isLate = list.some(({ dueAt, runAt = '', modifiedAt }) => dueAt && modifiedAt <= at && runAt <= at);
    if (isLate) throw new HttpError(500, 'no_worker', STANDSTILL_WORDS);
  }
}

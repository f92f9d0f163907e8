import type { RouteContext, Routes, Services } from 'progress-manager';
import { ForbiddenError, InvalidInputError, inject, JobNotFoundError, readFields } from 'progress-manager';
import { answer, answerError, maxSizeIn } from './http-as-espo.js';
import { PopupData } from './popup-data.js';
import { PopupFlags } from './popup-flags.js';

/** The addresses of TreoCore's controller ProgressManager. */
export class ProgressManagerRoutes {
  constructor(
    @inject('progressManager') private readonly progressManager: Services['progressManager'],
    @inject(PopupData) private readonly data: PopupData,
    @inject(PopupFlags) private readonly flags: PopupFlags,
  ) {}

  mount(app: Routes): void {
    app.onError(answerError);
    answer(app, 'GET', '/popupData', (context) => this.data.of(context.var.user, maxSizeIn(context)));
    answer(app, 'GET', '/isShowPopup', (context) => this.flags.isRaised(context.var.user));
    answer(app, 'POST', '/popupShowed', (context) => this.#popupShowed(context));
    answer(app, 'PUT', '/:id/:action', (context) => this.#press(context));
    answer(app, 'PUT', '/:action{/?(?:cancel|close)}', () => this.#missing(''));
  }

  async #popupShowed({ req, var: { user } }: RouteContext): Promise<true> {
    const { userId } = await readFields(req.raw);
    if (typeof userId !== 'string' || userId === '') throw new InvalidInputError('userId', 'must be your own id.');
    if (userId !== user.id) throw new ForbiddenError('The panel is another user\'s. Send your own id as "userId".');
    await this.flags.lower(user);
    return true;
  }

  /** A PUT may be sent twice: who is to cancel what was cancelled has done so. Throws as `act`, and ForbiddenError. */
  async #press({ req, var: { user } }: RouteContext): Promise<unknown> {
    const { id = '', action = '' } = req.param();
    const job = (await this.progressManager.get(id, { user })) ?? (await this.#missing(id));
    if (action === 'cancel' && job.status === 'cancelled') return true;
    return (await this.progressManager.act(job.id, action, {}, { user })).result ?? true;
  }

  /** Ids cannot be guessed, numbers can: who names another's job by its number learns nothing. */
  async #missing(id: string): Promise<never> {
    if (id === '') throw new InvalidInputError('id', 'must not be empty.');
    const job = await this.progressManager.get(id);
    if (job?.id !== id.toLowerCase()) throw new JobNotFoundError(id);
    throw new ForbiddenError("This job is another user's. Ask them, or an admin.");
  }
}

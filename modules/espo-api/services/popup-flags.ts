import { inject, type Services, type Status, type User } from 'progress-manager';
import { ownJobs, SHOWN } from './popup-data.js';

/** Whether the panel of a user is to open by itself: it has a job that is newer than what was shown. */
export class PopupFlags {
  constructor(
    @inject('knex') private readonly knex: Services['knex'],
    @inject('progressManager') private readonly progressManager: Services['progressManager'],
  ) {}

  async isRaised(user: User): Promise<boolean> {
    const row = await this.knex('espo_popup').where({ user_id: user.id }).first('shown');
    return (await this.#newest(user)) > Number(row?.shown ?? 0);
  }

  /** What is there now was shown. A job that is pushed meanwhile raises the flag again. */
  async lower(user: User): Promise<void> {
    const shown = await this.#newest(user);
    await this.knex('espo_popup').insert({ user_id: user.id, shown }).onConflict('user_id').ignore();
    // Of two tabs that say so at once, the one that knows less may come last.
    await this.knex('espo_popup').where({ user_id: user.id }).where('shown', '<', shown).update({ shown });
  }

  /** The number of the newest job in the panel; 0: it is empty. */
  async #newest(user: User): Promise<number> {
    const newestOf = async (status: readonly Status[]) =>
      (await this.progressManager.findVersions({ status, limit: 1 }, ownJobs(user))).list[0]?.number ?? 0;
    return Math.max(await newestOf(SHOWN[0]), await newestOf(SHOWN[1]));
  }
}

import type { User } from './user.js';

/** What can push a job anew: the façade, as its own action sees it from below. */
export interface RunsAgain {
  runAgain(number: number, as: { readonly user: User }): Promise<{ readonly id: string; readonly number: number }>;
}

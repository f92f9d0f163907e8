import type { ItemPage, ItemQuery } from './job-items.js';
import type { User } from './user.js';

/** What can push a job for failed items only: the façade, as its own action sees it from below. */
export interface RetriesFailed {
  retryFailed(number: number, as: { readonly user: User }): Promise<{ readonly id: string; readonly number: number }>;
  items(number: number, query: ItemQuery, as: { readonly user: User }): Promise<ItemPage>;
}

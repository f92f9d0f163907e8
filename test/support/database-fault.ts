import { fromDatabase } from '../../core/store/transient.js';

/** Rejects with an error as the application's database throws it. */
export function databaseFault(facts: { readonly errno?: number; readonly code?: string }): Promise<never> {
  return fromDatabase(Promise.reject(Object.assign(new Error('The database failed.'), facts)));
}

/** The connection broke. */
export const brokenConnection = () => databaseFault({ code: 'PROTOCOL_CONNECTION_LOST' });

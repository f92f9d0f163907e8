import { createTestDatabase } from '../support/test-database.js';
import type { Application } from './application.js';

/** An application on an empty database of the server under test; the database goes with it. */
export async function onServer(boot: (databaseUrl: string) => Promise<Application>): Promise<Application> {
  const database = await createTestDatabase();
  const application = await boot(database.url);
  const dispose = application[Symbol.asyncDispose].bind(application);
  return Object.assign(application, {
    [Symbol.asyncDispose]: async () => {
      await dispose();
      await database[Symbol.asyncDispose]();
    },
  });
}

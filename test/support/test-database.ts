import { randomBytes } from 'node:crypto';
import { createConnection } from 'mysql2/promise';
import { inject } from 'vitest';

/** An empty database of its own for one test; `await using` drops it. */
export interface TestDatabase extends AsyncDisposable {
  /** `mysql://…/pm_test_<random>` */
  readonly url: string;
}

/** Makes a database on the server under test. Throws a sentence when the user may not. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `pm_test_${randomBytes(6).toString('hex')}`;
  const url = new URL(inject('serverUrl'));
  await onServer(url, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return {
    url: own.href,
    [Symbol.asyncDispose]: () => onServer(url, `DROP DATABASE IF EXISTS ${name}`),
  };
}

async function onServer(url: URL, statement: string): Promise<void> {
  const connection = await createConnection(url.href);
  try {
    await connection.query(statement);
  } catch (error) {
    throw new Error(
      `The user "${decodeURIComponent(url.username)}" could not run "${statement}" on ${url.host}: give it all rights on \`pm\\_test\\_%\`.*, or set TEST_DATABASE_URL to a user that has them.`,
      { cause: error },
    );
  } finally {
    await connection.end();
  }
}

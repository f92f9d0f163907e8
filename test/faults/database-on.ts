import { createConnection } from 'mysql2/promise';
import type { TestServer } from '../support/mariadb.js';

/** Makes a database on a server of its own; it goes with the server. Gives its address. */
export async function databaseOn(server: TestServer): Promise<string> {
  const connection = await createConnection(server.url);
  await connection.query('CREATE DATABASE pm_faults CHARACTER SET utf8mb4');
  await connection.end();
  return `${server.url}/pm_faults`;
}

import type { App } from 'progress-manager';

/** How many deadlocks the server has counted since it began; MySQL does not count them there: 0. */
export async function deadlocksOn(app: App): Promise<number> {
  const [[row]] = await app.container.get('knex').raw("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'");
  return Number(row?.Value ?? 0);
}

import type { App } from 'progress-manager';

/** How many deadlocks the server has counted since it began; `undefined`: MySQL does not count them there. */
export async function deadlocksOn(app: App): Promise<number | undefined> {
  const [[row]] = await app.container.get('knex').raw("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'");
  return row && Number(row.Value);
}

import type { Services } from 'progress-manager';

/** For each user the number of the newest job that was there when the panel was last shown. */
export async function up(knex: Services['knex']): Promise<void> {
  // Ids that differ in the case of a letter are two users: the collation of the server may not see that.
  const exact = knex.client.dialect === 'sqlite3' ? '' : 'ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';
  const columns = 'user_id VARCHAR(255) NOT NULL PRIMARY KEY, shown BIGINT NOT NULL';
  await knex.raw(`CREATE TABLE IF NOT EXISTS espo_popup (${columns}) ${exact}`);
}

export async function down(knex: Services['knex']): Promise<void> {
  await knex.schema.dropTableIfExists('espo_popup');
}

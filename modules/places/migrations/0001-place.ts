import type { Knex } from 'knex';

/** The table of the example application: places of the world, after GeoNames. */
export async function up(knex: Knex): Promise<void> {
  if (await knex.schema.hasTable('place')) return;
  await knex.schema.createTable('place', (table) => {
    table.bigIncrements('id');
    table.string('name', 200).notNullable();
    table.decimal('lat', 9, 5).notNullable();
    table.decimal('lng', 9, 5).notNullable();
    table.specificType('country', 'char(2)');
    table.string('admin1', 80);
    table.string('admin2', 80);
    table.boolean('reviewed').notNullable().defaultTo(false);
    // MariaDB without a configuration makes latin1 tables; SQLite has no choice to make.
    if (knex.client.dialect !== 'sqlite3') table.charset('utf8mb4');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTableIfExists('place');
}

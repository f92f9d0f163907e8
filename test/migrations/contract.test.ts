import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../migrations');

/** What a migration does on its way up, and an older version may still need. */
const takesAway = (text: string) =>
  /\b(?:DROP|RENAME|MODIFY|CHANGE)\b|\b(?:drop|rename|alter)[A-Z]/.test(
    text.replace(/export async function down[\s\S]*?^\}/m, ''),
  );

test('a migration of core that takes something away says so in its name, by which older workers retire', () => {
  const names = readdirSync(FOLDER).filter((name) => /^\d{4}-/.test(name));
  expect(names.length).toBeGreaterThan(10);
  const unnamed = names.filter(
    (name) => !name.endsWith('-contract.ts') && takesAway(readFileSync(join(FOLDER, name), 'utf8')),
  );
  expect(unnamed).toEqual([]);
  const down = 'export async function down(knex) {\n  await knex.schema.dropTable(1);\n}\n';
  expect(takesAway(down)).toBe(false);
  expect(takesAway(`${down}const MYSQL = 'ALTER TABLE progress_manager DROP COLUMN message';`)).toBe(true);
});

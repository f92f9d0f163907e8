import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Makes an empty data folder in which `root` has no password, as `mariadb-install-db` does; that script needs a
 * program of the client package, which the server's core package does not bring.
 * Throws with the server's own words when it refuses.
 */
export function makeDataFolder(program: string, folder: string, options: readonly string[]): void {
  mkdirSync(folder);
  const { status, stderr } = spawnSync(
    program,
    // A temporary folder of its own: a server that starts removes what it finds there, also another's that is in use.
    [
      '--no-defaults',
      `--datadir=${folder}`,
      `--tmpdir=${dirname(folder)}`,
      '--bootstrap',
      '--log-warnings=0',
      ...options,
    ],
    { input: systemTables(scriptFolder(program)), encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`mariadbd could not make its system tables: ${stderr.trim().slice(-1000)}`);
}

function systemTables(folder: string): string {
  // MariaDB 11 renamed its scripts from mysql_… to mariadb_….
  const prefix = existsSync(join(folder, 'mariadb_system_tables.sql')) ? 'mariadb' : 'mysql';
  const scripts = ['system_tables', 'performance_tables', 'system_tables_data'];
  return [
    'CREATE DATABASE mysql;',
    'USE mysql;',
    'SET @auth_root_socket = NULL;',
    ...scripts.map((script) => readFileSync(join(folder, `${prefix}_${script}.sql`), 'utf8')),
  ].join('\n');
}

/** The scripts lie beside the character sets, whose folder the server tells. */
function scriptFolder(program: string): string {
  const { stdout } = spawnSync(program, ['--no-defaults', '--verbose', '--help'], { encoding: 'utf8' });
  const characterSets = /^character-sets-dir\s+(\S+)$/m.exec(stdout)?.[1];
  if (characterSets === undefined) throw new Error(`${program} does not say where its character sets are.`);
  return join(characterSets, '..');
}

import { randomUUID } from 'node:crypto';
import type { Database } from './database.js';
import { placeholders } from './placeholders.js';

/** What a server and our session on it say of themselves; one that a server does not know is missing. */
const VARIABLES = [
  'version',
  'version_comment',
  // MariaDB's name for it until 11.1, and MySQL's.
  'tx_isolation',
  'transaction_isolation',
  'sql_mode',
  'time_zone',
  'log_bin',
  'binlog_format',
  'read_only',
  'super_read_only',
  'innodb_read_only',
  'max_allowed_packet',
  'max_connections',
  'max_user_connections',
] as const;

export type ServerVariables = Readonly<Partial<Record<(typeof VARIABLES)[number], string>>>;

/** How an UPDATE behaved on a row that nobody else has seen. */
export interface WriteTrial {
  /** Of an update that changed nothing: 1 when the row it matched is counted. */
  readonly matched: number;
  /** Did an assignment see what the one to its left had written? */
  readonly isLeftToRight: boolean;
}

export interface OpenTransaction {
  /** The server's id of its connection. */
  readonly connection: number;
  readonly seconds: number;
}

const OUR_TABLES = [
  'progress_manager',
  'progress_upload',
  'progress_access_key',
  'progress_session',
  'progress_schedule',
  'progress_schedule_tick',
];
const TEXT_COLUMNS = ['name', 'message', 'data', 'result', 'error'];

/** Asks a MySQL or MariaDB server what the engine rests on. Changes nothing. */
export class ServerProbes {
  constructor(private readonly database: Database) {}

  /** One statement on every server: a SELECT of a variable that it does not know would be an error. */
  async variables(): Promise<ServerVariables> {
    const rows = await this.database.rows<{ Variable_name: string; Value: string }>(
      `SHOW SESSION VARIABLES WHERE Variable_name IN (${placeholders(VARIABLES)})`,
      VARIABLES,
    );
    return Object.fromEntries(rows.map(({ Variable_name, Value }) => [Variable_name.toLowerCase(), Value]));
  }

  /**
   * Writes a row and rolls back. Of uploads, because it needs no right that work does not need, locks nothing of
   * anybody's, uses up no number, and would be pruned if a table without transactions kept it.
   */
  async tryWrites(): Promise<WriteTrial> {
    const undo = new Error('The trial is rolled back.');
    const id = randomUUID();
    let trial: WriteTrial | undefined;
    try {
      await this.database.knex.transaction(async (transaction) => {
        const change = (sql: string) => this.database.change(sql, [id], transaction);
        await change(
          `INSERT INTO progress_upload (id, name, size, created_at) VALUES (?, '', 0, ${this.database.dialect.now()})`,
        );
        const matched = await change('UPDATE progress_upload SET size = size WHERE id = ?');
        await change('UPDATE progress_upload SET size = size + 1, name = CONCAT(size) WHERE id = ?');
        const [row] = await this.database.rows<{ name: string }>(
          'SELECT name FROM progress_upload WHERE id = ?',
          [id],
          transaction,
        );
        trial = { matched, isLeftToRight: row?.name === '1' };
        throw undo;
      });
    } catch (error) {
      if (error !== undo) throw error;
    }
    return trial as WriteTrial;
  }

  /** Our tables that are not InnoDB's, with the engine they have. */
  foreignEngines(): Promise<{ table: string; engine: string }[]> {
    return this.database.rows(
      `SELECT table_name AS 'table', engine AS engine FROM information_schema.tables
        WHERE table_schema = DATABASE() AND table_name IN (${placeholders(OUR_TABLES)}) AND engine <> 'InnoDB'`,
      OUR_TABLES,
    );
  }

  /** Columns with people's text that cannot hold every character, with the character set they have. */
  narrowColumns(): Promise<{ column: string; charset: string }[]> {
    return this.database.rows(
      `SELECT column_name AS 'column', character_set_name AS charset FROM information_schema.columns
        WHERE table_schema = DATABASE() AND table_name = 'progress_manager'
          AND column_name IN (${placeholders(TEXT_COLUMNS)}) AND character_set_name <> 'utf8mb4'`,
      TEXT_COLUMNS,
    );
  }

  /** Connections that are open on the server now, ours among them. */
  async connections(): Promise<number> {
    const [row] = await this.database.rows<{ Value: string }>("SHOW GLOBAL STATUS LIKE 'Threads_connected'", []);
    return Number(row?.Value);
  }

  /** The longest first. Needs the right PROCESS. The server writes their beginnings in its own time zone, not ours. */
  async transactionsOlderThan(seconds: number): Promise<OpenTransaction[]> {
    const age = "TIMESTAMPDIFF(SECOND, trx_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM'))";
    const rows = await this.database.rows<{ connection: number | string; seconds: number | string }>(
      `SELECT trx_mysql_thread_id AS connection, ${age} AS seconds FROM information_schema.innodb_trx
        WHERE ${age} > ? ORDER BY seconds DESC LIMIT 5`,
      [seconds],
    );
    return rows.map((row) => ({ connection: Number(row.connection), seconds: Number(row.seconds) }));
  }
}

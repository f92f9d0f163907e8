import { describe, expect, test } from 'vitest';
import type { Finding, Outcome } from '../../../core/upkeep/doctor/finding.js';
import { judgeClock } from '../../../core/upkeep/doctor/judge-clock.js';
import { judgeDisk } from '../../../core/upkeep/doctor/judge-disk.js';
import {
  judgeLeft,
  judgeOverdue,
  judgeTroubled,
  judgeUnknownTypes,
  judgeWorkers,
} from '../../../core/upkeep/doctor/judge-jobs.js';
import { judgeMissingFile, judgeReached, judgeUnreached } from '../../../core/upkeep/doctor/judge-reach.js';
import {
  judgeBinaryLog,
  judgeConnections,
  judgePacket,
  judgeTransactions,
  judgeVersion,
  judgeWritable,
} from '../../../core/upkeep/doctor/judge-server.js';
import {
  judgeAssignments,
  judgeIsolation,
  judgeMatchedRows,
  judgeSqlMode,
  judgeTimeZone,
} from '../../../core/upkeep/doctor/judge-session.js';
import { judgeIntegrity, judgeJournal, judgeSqliteVersion } from '../../../core/upkeep/doctor/judge-sqlite.js';
import { judgeCharset, judgeEngines, judgeMigrations } from '../../../core/upkeep/doctor/judge-tables.js';

const GIB = 1024 ** 3;
const NOON = new Date('2030-01-01T12:00:00.000Z');
const later = (ms: number) => new Date(NOON.getTime() + ms);
const fault = (code: string, message = 'It failed') => Object.assign(new Error(message), { code });
const worker = { worker: 'host:12', types: [], places: 5, startedAt: '', seenAt: '', silentMs: 10 };
const troubled = { number: 7, type: 'letters', crashes: 3, idleSlices: 0 };

const CASES: Readonly<Record<string, readonly (readonly [Outcome, Finding, RegExp?])[]>> = {
  'the version of the server': [
    ['ok', judgeVersion({ version: '8.0.36' })],
    ['ok', judgeVersion({ version: '9.7.0' })],
    ['ok', judgeVersion({ version: '10.6.12-MariaDB' })],
    ['ok', judgeVersion({ version: '5.5.5-10.11.6-MariaDB-log' }), /MariaDB 5\.5\.5-10\.11\.6/],
    ['failure', judgeVersion({ version: '5.7.44' }), /MySQL 5\.7\.44, which is too old/],
    ['failure', judgeVersion({ version: '10.5.23-MariaDB' }), /MariaDB 10\.6 or later/],
    ['failure', judgeVersion({ version: '5.5.5-10.5.23-MariaDB' })],
    ['failure', judgeVersion({}), /too old/],
    ['warning', judgeVersion({ version: '8.0.11-TiDB-v7.5.0' }), /no MySQL/],
  ],
  'the binary log': [
    ['ok', judgeBinaryLog({ log_bin: 'OFF', binlog_format: 'STATEMENT' })],
    ['ok', judgeBinaryLog({ log_bin: 'ON', binlog_format: 'ROW' })],
    ['ok', judgeBinaryLog({ log_bin: 'ON', binlog_format: 'MIXED' })],
    ['failure', judgeBinaryLog({ log_bin: 'ON', binlog_format: 'STATEMENT' }), /binlog_format to ROW/],
  ],
  'the isolation of sessions': [
    ['ok', judgeIsolation({ transaction_isolation: 'READ-COMMITTED' })],
    ['ok', judgeIsolation({ tx_isolation: 'READ-COMMITTED' })],
    ['failure', judgeIsolation({ tx_isolation: 'REPEATABLE-READ' }), /proxy/],
    ['failure', judgeIsolation({})],
  ],
  sql_mode: [
    ['ok', judgeSqlMode({ sql_mode: 'STRICT_ALL_TABLES,NO_ZERO_DATE' })],
    ['ok', judgeSqlMode({ sql_mode: 'STRICT_TRANS_TABLES' })],
    ['failure', judgeSqlMode({ sql_mode: '' }), /not strict/],
    ['failure', judgeSqlMode({ sql_mode: 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES' }), /NO_BACKSLASH_ESCAPES/],
    ['failure', judgeSqlMode({ sql_mode: 'STRICT_ALL_TABLES,SIMULTANEOUS_ASSIGNMENT' })],
  ],
  'the time zone of sessions': [
    ['ok', judgeTimeZone({ time_zone: '+00:00' })],
    ['warning', judgeTimeZone({ time_zone: 'SYSTEM' }), /SYSTEM instead of UTC/],
  ],
  'an update that changes nothing': [
    ['ok', judgeMatchedRows({ matched: 1, isLeftToRight: true })],
    ['failure', judgeMatchedRows({ matched: 0, isLeftToRight: true }), /CLIENT_FOUND_ROWS/],
  ],
  'the order of assignments': [
    ['ok', judgeAssignments({ matched: 1, isLeftToRight: true })],
    ['failure', judgeAssignments({ matched: 1, isLeftToRight: false }), /SIMULTANEOUS_ASSIGNMENT/],
  ],
  'a server that takes no writes': [
    ['ok', judgeWritable({ read_only: 'OFF', super_read_only: 'OFF' }, false)],
    ['warning', judgeWritable({ read_only: 'ON' }, false), /though not for this user/],
    ['failure', judgeWritable({ read_only: 'ON', super_read_only: 'ON' }, true), /read_only, super_read_only/],
    ['failure', judgeWritable({ read_only: 'NO_LOCK_NO_ADMIN' }, undefined)],
    ['failure', judgeWritable({ read_only: 'OFF' }, true), /read-only session/],
  ],
  'the size of packets': [
    ['ok', judgePacket({ max_allowed_packet: String(16 * 1024 ** 2) })],
    [
      'warning',
      judgePacket({ max_allowed_packet: String(1024 ** 2) }),
      /A statement may be 1 MiB long.*max_allowed_packet/s,
    ],
  ],
  'the number of connections': [
    ['ok', judgeConnections({ max_connections: '151', max_user_connections: '0' }, 20, 10)],
    ['warning', judgeConnections({ max_connections: '25' }, 20, 10), /20 of 25/],
    ['warning', judgeConnections({ max_connections: '151', max_user_connections: '5' }, 1, 10), /max_user_connections/],
  ],
  'transactions that stay open': [
    ['ok', judgeTransactions([])],
    ['warning', judgeTransactions([{ connection: 12, seconds: 900 }]), /connection 12 for 15 min.*KILL 12/s],
  ],
  'pending migrations': [
    ['ok', judgeMigrations({ pending: [], outgrownBy: [] })],
    [
      'failure',
      judgeMigrations({ pending: ['0003-pushed-data'], outgrownBy: [] }),
      /0003-pushed-data.*progress-manager migrate/s,
    ],
    [
      'failure',
      judgeMigrations({ pending: ['a/0002-b'], outgrownBy: ['0099-lean-contract'] }),
      /0099-lean-contract.*Install the newest version/s,
    ],
  ],
  'the engine of tables': [
    ['ok', judgeEngines([])],
    ['failure', judgeEngines([{ table: 'progress_manager', engine: 'MyISAM' }]), /ALTER TABLE progress_manager ENGINE/],
  ],
  'the character set of columns': [
    ['ok', judgeCharset([])],
    ['failure', judgeCharset([{ column: 'name', charset: 'latin1' }]), /name is latin1/],
  ],
  'the version of SQLite': [
    ['ok', judgeSqliteVersion('3.53.2')],
    ['failure', judgeSqliteVersion('3.22.0'), /better-sqlite3/],
  ],
  'the journal of SQLite': [
    ['ok', judgeJournal('wal')],
    ['warning', judgeJournal('delete'), /delete instead of WAL/],
    ['warning', judgeJournal('memory'), /in memory/],
  ],
  'the integrity of the file': [
    ['ok', judgeIntegrity('ok', 1000)],
    ['ok', judgeIntegrity(undefined, 2 * GIB), /too large.*2048 MiB/],
    ['failure', judgeIntegrity('row 3 missing from index ix_due', 1000), /row 3 missing.*backup/s],
  ],
  'two clocks': [
    ['ok', judgeClock(later(4999), NOON)],
    ['ok', judgeClock(later(-4999), NOON)],
    ['warning', judgeClock(later(61_000), NOON), /61 s ahead of/],
    ['warning', judgeClock(later(-61_000), NOON), /61 s behind/],
  ],
  'the room on a disk': [
    ['ok', judgeDisk('files', '/data', { free: 100 * GIB, total: 400 * GIB })],
    ['warning', judgeDisk('files', '/data', { free: GIB - 1, total: 2 * GIB }), /prune/],
    ['warning', judgeDisk('files', '/data', { free: 4 * GIB, total: 100 * GIB }), /4\.0 GiB \(4 %\)/],
  ],
  'jobs without a module': [
    ['ok', judgeUnknownTypes([])],
    [
      'warning',
      judgeUnknownTypes([
        { type: 'letters', count: 3 },
        { type: 'faxes', count: 1001 },
      ]),
      /letters \(3\), faxes \(over 1000\)/,
    ],
  ],
  'due jobs': [
    ['ok', judgeOverdue([], false, 60)],
    ['warning', judgeOverdue([{ type: 'letters', count: 3 }], false, 60), /no worker.*progress-manager work/s],
    ['warning', judgeOverdue([{ type: 'letters', count: 3 }], true, 60), /busy.*progress-manager work/s],
  ],
  'jobs that dead workers left': [
    ['ok', judgeLeft([], 60)],
    ['warning', judgeLeft([{ type: 'letters', count: 1 }], 60), /letters \(1\)/],
  ],
  'stuck jobs': [
    ['ok', judgeTroubled([])],
    ['warning', judgeTroubled([troubled]), /job 7 of letters \(3 workers died under it\)/],
    ['warning', judgeTroubled([{ ...troubled, crashes: 0, idleSlices: 40 }]), /40 slices moved nothing/],
  ],
  'workers with slices that go on': [
    ['ok', judgeWorkers([{ ...worker, leftSlices: 0 }])],
    ['ok', judgeWorkers([{ ...worker, leftSlices: 3, silentMs: 60_000 }])],
    ['warning', judgeWorkers([{ ...worker, leftSlices: 3 }]), /3 in host:12.*start it anew/s],
  ],
  'reaching the database': [
    ['ok', judgeReached('app at db:3306', 3.4), /app at db:3306 answered in 3 ms/],
    ['warning', judgeReached('app at db:3306', 900)],
    ['failure', judgeMissingFile('/data/jobs.sqlite'), /progress-manager migrate/],
    ['failure', judgeUnreached('x', fault('ECONNREFUSED')), /Nothing listens there/],
    ['failure', judgeUnreached('x', fault('ER_ACCESS_DENIED_ERROR')), /user and password/],
    ['failure', judgeUnreached('x', fault('ER_BAD_DB_ERROR')), /CREATE DATABASE/],
    ['failure', judgeUnreached('x', fault('SQLITE_IOERR')), /the file that DATABASE_URL names/],
    [
      'failure',
      judgeUnreached('x', Object.assign(new Error('Knex: …'), { name: 'KnexTimeoutError' })),
      /in time.*firewall/s,
    ],
    ['failure', judgeUnreached('x', fault('ETIMEDOUT', '')), /firewall/],
  ],
};

describe.each(Object.entries(CASES))('%s', (_, cases) => {
  test.each(cases.map((each, index) => [index, ...each] as const))(
    '%i: %s',
    (_index, outcome, finding, words = /./) => {
      expect(finding.outcome).toBe(outcome);
      expect(`${finding.found} ${finding.remedy}`).toMatch(words);
    },
  );

  test('is told in sentences, with a remedy unless all is well', () => {
    for (const [, { found, remedy, outcome }] of cases) {
      expect(found).toMatch(/\.$/);
      expect(remedy === undefined).toBe(outcome === 'ok');
      expect(remedy ?? 'It is.').toMatch(/[.?]$/);
    }
  });
});

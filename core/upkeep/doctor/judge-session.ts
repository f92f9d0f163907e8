import type { ServerVariables, WriteTrial } from '../../store/server-probes.js';
import { type Finding, failure, ok, warning } from './finding.js';

/** Our sessions ask for what is judged here: when it is not there, something undid it. */
const LET_IT_PASS =
  'Each connection asks for it with SET SESSION: let a proxy or pooler in between pass that on, and not share sessions.';

export function judgeIsolation(variables: ServerVariables): Finding {
  const level = variables.transaction_isolation ?? variables.tx_isolation ?? 'unknown';
  if (level === 'READ-COMMITTED') return ok('isolation', 'Sessions read what is committed.');
  return failure(
    'isolation',
    `Sessions are ${level} instead of READ-COMMITTED: workers would block each other and every push.`,
    LET_IT_PASS,
  );
}

export function judgeSqlMode({ sql_mode: mode = '' }: ServerVariables): Finding {
  const modes = mode.toUpperCase().split(',');
  if (!modes.includes('STRICT_ALL_TABLES') && !modes.includes('STRICT_TRANS_TABLES')) {
    return failure('sql mode', 'Sessions are not strict: the server would cut values in silence.', LET_IT_PASS);
  }
  // The driver escapes with backslashes, and ours are statements of MySQL's own grammar.
  const harmful = modes.filter((each) =>
    ['NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES', 'SIMULTANEOUS_ASSIGNMENT'].includes(each),
  );
  if (harmful.length === 0) return ok('sql mode', 'Sessions are strict.');
  return failure(
    'sql mode',
    `Sessions have ${harmful.join(' and ')}, which changes what statements mean.`,
    LET_IT_PASS,
  );
}

/** The engine says UTC_TIMESTAMP: what jobs write themselves may say NOW(). */
export function judgeTimeZone({ time_zone: zone = 'unknown' }: ServerVariables): Finding {
  if (zone === '+00:00' || zone.toUpperCase() === 'UTC') return ok('time zone', 'Sessions are in UTC.');
  return warning(
    'time zone',
    `Sessions are in ${zone} instead of UTC: times that jobs write may be shifted.`,
    LET_IT_PASS,
  );
}

/** Every change of state is a guarded update: whether it succeeded is told by the rows it matched. */
export function judgeMatchedRows({ matched }: WriteTrial): Finding {
  if (matched === 1) return ok('matched rows', 'An update that changes nothing counts the row it matched.');
  return failure(
    'matched rows',
    'An update that changes nothing does not count the row it matched: work that stands would be taken for lost.',
    'Let a proxy in between pass on the flag CLIENT_FOUND_ROWS of the connection.',
  );
}

/** Claims and records write derived columns before the columns they are derived from. */
export function judgeAssignments({ isLeftToRight }: WriteTrial): Finding {
  if (isLeftToRight) return ok('assignments', 'An update assigns from left to right.');
  return failure(
    'assignments',
    'An update does not assign from left to right: retries and crashes would be counted wrongly.',
    'Take SIMULTANEOUS_ASSIGNMENT out of sql_mode, or use MySQL or MariaDB itself.',
  );
}

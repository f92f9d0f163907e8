import type { ServerVariables, WriteTrial } from '../../store/server-probes.js';
import type { Finding } from './finding.js';
import { judgeBinaryLog, judgeVersion } from './judge-server.js';
import { judgeAssignments, judgeIsolation, judgeMatchedRows, judgeSqlMode, judgeTimeZone } from './judge-session.js';

/** What every guarded update rests on, as far as the server says it itself. */
export function judgeEngine(variables: ServerVariables): readonly Finding[] {
  return [
    judgeVersion(variables),
    judgeBinaryLog(variables),
    judgeIsolation(variables),
    judgeSqlMode(variables),
    judgeTimeZone(variables),
  ];
}

/** The same, as far as it shows only when something is written. */
export function judgeTrial(trial: WriteTrial): readonly Finding[] {
  return [judgeMatchedRows(trial), judgeAssignments(trial)];
}

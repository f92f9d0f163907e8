import { type CountOfType, MOST_COUNTED, type TroubledJob } from '../../store/job-probes.js';
import { SILENT_MS, type WorkerView } from '../../store/workers.js';
import { type Finding, ok, warning } from './finding.js';

/** Jobs of types that no module here declares; other workers may have theirs. */
export function judgeUnknownTypes(unknown: readonly CountOfType[]): Finding {
  if (unknown.length === 0) return ok('job types', 'Every unfinished job has its module.');
  return warning(
    'job types',
    `Jobs wait for a module that is not here: ${counted(unknown)}.`,
    'Bring the modules of these types back, or cancel the jobs; if workers elsewhere have the modules, all is well.',
  );
}

/** Jobs that newer code pushed. */
export function judgeVersions(later: readonly CountOfType[]): Finding {
  if (later.length === 0) return ok('versions', 'No job waits for a newer version of its module.');
  return warning(
    'versions',
    `Jobs wait for a newer version of their module: ${counted(later)}.`,
    'Bring the modules of these types up to date; if workers elsewhere have the newer ones, all is well.',
  );
}

/** Jobs whose secrets nobody can open with the keys that are here. */
export function judgeSecretKeys(others: readonly CountOfType[]): Finding {
  if (others.length === 0) return ok('secret keys', 'Every unfinished job with secrets has its key.');
  return warning(
    'secret keys',
    `Jobs wait for a key of their secrets that is not here: ${counted(others)}.`,
    'Add the key that sealed them to PM_SECRET_KEY, after a comma; if workers elsewhere have it, all is well.',
  );
}

/** `areHeld`: whether a worker holds jobs of these types now. */
export function judgeOverdue(overdue: readonly CountOfType[], areHeld: boolean, seconds: number): Finding {
  if (overdue.length === 0) return ok('due jobs', `None has waited for more than ${seconds} s.`);
  const said = `Jobs have waited for more than ${seconds} s: ${counted(overdue)}`;
  if (areHeld) {
    return warning(
      'due jobs',
      `${said}; workers run, and are busy.`,
      'Start one more with "progress-manager work", or raise PM_LIMIT.',
    );
  }
  return warning('due jobs', `${said}; no worker seems to run.`, 'Start one with "progress-manager work", or "serve".');
}

export function judgeLeft(left: readonly CountOfType[], seconds: number): Finding {
  if (left.length === 0) return ok('left jobs', 'No dead worker has left a job that nobody took over.');
  return warning(
    'left jobs',
    `Workers died more than ${seconds} s ago and nobody took their jobs over: ${counted(left)}.`,
    'Start a worker with "progress-manager work"; it carries them on where they were.',
  );
}

export function judgeTroubled(jobs: readonly TroubledJob[]): Finding {
  if (jobs.length === 0) return ok('stuck jobs', 'None.');
  const described = jobs.map(({ number, type, crashes, idleSlices }) => {
    const facts = [
      ...(crashes > 0 ? [`${crashes} workers died under it`] : []),
      ...(idleSlices > 0 ? [`${idleSlices} slices moved nothing`] : []),
    ];
    return `job ${number} of ${type} (${facts.join(', ')})`;
  });
  return warning(
    'stuck jobs',
    `They come no further: ${described.join(', ')}.`,
    'Look at one with "progress-manager show <job>", and cancel it where its data or its module is at fault.',
  );
}

/** Those that live, and carry slices which nobody waits for. */
export function judgeWorkers(workers: readonly WorkerView[]): Finding {
  const worn = workers.filter(({ leftSlices, silentMs }) => leftSlices > 0 && silentMs < SILENT_MS);
  if (worn.length === 0) return ok('workers', 'No slice goes on that was told to stop.');
  return warning(
    'workers',
    `Slices go on although they were told to stop: ${worn.map(({ worker, leftSlices }) => `${leftSlices} in ${worker}`).join(', ')}.`,
    'They keep their memory until their worker ends: start it anew. Have their jobs heed context.signal, or give their types isolation: "process", so that they can be killed.',
  );
}

function counted(counts: readonly CountOfType[]): string {
  return counts
    .map(({ type, count }) => `${type} (${count > MOST_COUNTED ? `over ${MOST_COUNTED}` : count})`)
    .join(', ');
}

import type { RunningJob } from './running-job.js';

/** The work's result; or, once the cut has come, its reason thrown: what the work still does is not waited for. */
export function untilCut<T>(work: (fail: (error: unknown) => void) => Promise<T>, running: RunningJob): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = running.onCut(reject);
    if (running.isCut) return;
    const fail = (error: unknown) => {
      forget();
      reject(error);
    };
    work(fail).then((value) => {
      forget();
      resolve(value);
    }, fail);
  });
}

import type { RunningJob } from './running-job.js';

/**
 * The work's result; or, once the cut has come, its reason thrown: what the work still does is not waited for, but
 * counted. The same when it is blamed (`fail`) for an error that was thrown beside it.
 */
export function untilCut<T>(work: (fail: (error: unknown) => void) => Promise<T>, running: RunningJob): Promise<T> {
  return new Promise((resolve, reject) => {
    let working: Promise<T> | undefined;
    let isOver = false;
    const leave = (error: unknown) => {
      reject(error);
      if (working && !isOver) running.leave(working);
      isOver = true;
    };
    const forget = running.onCut(leave);
    if (running.isCut) return;
    const end = () => {
      isOver = true;
      forget();
    };
    working = work((error) => {
      forget();
      leave(error);
    });
    working.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}

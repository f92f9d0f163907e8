import type { RunningJob } from './running-job.js';
import type { Soon } from './soon.js';

/**
 * The work's result; or, once the cut has come, its reason thrown: what the work still does is not waited for, but
 * counted. The same when it is blamed (`fail`) for an error that was thrown beside it. After the cut no work is begun. Work
 * that gives no promise is over before anything can come between; then, and before it begins, what is thrown is thrown at
 * once.
 */
export function untilCut<T>(work: (fail: (error: unknown) => void) => Soon<T>, running: RunningJob): Soon<T> {
  if (running.cutBecause) throw running.cutBecause;
  // Nobody can throw beside work before it gives way.
  let blame: (error: unknown) => void = () => undefined;
  const working = work((error) => blame(error));
  if (!(working instanceof Promise)) return working;
  return new Promise((resolve, reject) => {
    let isOver = false;
    const leave = (error: unknown) => {
      reject(error);
      if (!isOver) running.leave(working);
      isOver = true;
    };
    const forget = running.onCut(leave);
    const end = () => {
      isOver = true;
      forget();
    };
    blame = (error) => {
      forget();
      leave(error);
    };
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

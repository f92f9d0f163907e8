import { script } from '../../fixtures/scripted/modules/scripted/services/script.js';
import { until } from '../../support/until.js';
import { ANN, type ServedPage } from './served-page.js';

/** A job that runs and does just what the test says. */
export interface RunningJob {
  report(percent: number, message?: string): void;
  end(): void;
  fail(reason: string): void;
}

/** Starts the loop and a job of Ann's. One at a time: the script is one. */
export async function runningJob({ app, manager }: ServedPage, name: string): Promise<RunningJob> {
  let running: RunningJob | undefined;
  script.run = (_job, { report, signal }) =>
    new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      running = { report, end: resolve, fail: (reason) => reject(new Error(reason)) };
    });
  await manager.push(name, 'scripted_run', {}, { userId: ANN.id });
  await app.start();
  return until('the job to run', () => running, 10_000);
}

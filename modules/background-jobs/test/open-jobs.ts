import { setTimeout as sleep } from 'node:timers/promises';
import type { BootOptions, JobContext, ProgressManagerConfig } from 'progress-manager';
import { bootForTests } from '../../../test/support/boot-for-tests.js';
import config from '../configs/progress-manager.js';

/** Procedures as the module `test` declares them. */
export type Procedures = NonNullable<ProgressManagerConfig['type']>;

/** A folder without modules: what a test has, it names itself. */
const ROOT = new URL('./', import.meta.url);

/** The module and these procedures, with a worker; `isWorking: false`: nobody runs anything. */
export async function openJobs(type: Procedures, options: Partial<BootOptions> = {}, isWorking = true) {
  const modules = { 'background-jobs': config, test: { type } };
  const { app, ...rest } = await bootForTests({ root: ROOT, modules, ...options });
  if (isWorking) await app.start();
  const { container } = app;
  return {
    ...{ app, ...rest, knex: container.get('knex') },
    progressManager: container.get('progressManager'),
    backgroundJobs: container.get('backgroundJobs'),
  };
}

/** A procedure that goes on until the test opens its gate, and how often it was begun. */
export function gated() {
  const gate = {
    isOpen: false,
    runs: 0,
    run: async (_job: unknown, { signal }: JobContext) => {
      gate.runs++;
      while (!gate.isOpen) await sleep(5, undefined, { signal });
    },
  };
  return gate;
}

/** What is thrown, for a look at more than its message. */
export async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('Nothing was thrown.');
    },
    (error: unknown) => error,
  );
}

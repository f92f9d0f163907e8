/** The door for tests of modules: everything they import from 'progress-manager/testing'. */

export { bootForTests } from './boot-for-tests.js';
export type { Sweep } from './every-kill.js';
export { type CarryOptions, type JobRun, NotStruckError, type SeenSlice } from './job-run.js';
export { type Kill, killAfter, killAtStatement } from './kill.js';
export { type Script, ScriptedProgressManager, type Step, scriptedJob } from './scripted-job.js';
export type { SliceOutcome } from './slice-watch.js';
export {
  type EveryKillOptions,
  type Expect,
  type PushedJob,
  type RunOptions,
  TestApp,
  type TestBootOptions,
  type TestPushOptions,
} from './test-app.js';
export { TestClock } from './test-clock.js';
export type { LoggedLine } from './test-options.js';

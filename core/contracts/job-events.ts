import { EventEmitter } from 'node:events';

/**
 * What happens to jobs in this process, told at once. Other processes hear of it from the table, a beat or a poll
 * later, so nothing may depend on these for more than speed.
 */
export interface JobEventMap {
  /** A job was inserted. */
  pushed: [job: { readonly id: string; readonly type: string }];
  /** A job that was there already may be due now. */
  due: [job: { readonly id: string; readonly type: string }];
  /** A job was cancelled: its running slice need not go on. */
  cancelled: [number: number];
  /**
   * A job came to a final status. `isQuiet`: its owner is not told, because there is none, or it was
   * hidden or cancelled. `parent`: the number of the job that added it.
   */
  ended: [id: string, isQuiet?: boolean, parent?: number];
}

export class JobEvents extends EventEmitter<JobEventMap> {}

import type { Dialect } from './dialect.js';
import { asPushed } from './head-start.js';

/** What one press of a person does to a row. */
export interface Press {
  /** How the row must stand. */
  readonly expected: string;
  /** How it stands then: after an answer that was lost this says whether the press came through. */
  readonly reached: string;
  readonly sets: string;
}

/** By the names of the store's calls. */
export type PressName = 'cancel' | 'pause' | 'resume' | 'retry' | 'startNow' | 'close';

/** SQL: the job has ended. */
export const FINISHED = "status IN ('success', 'error', 'cancelled')";

/** It waits for another job, or for its children: who ends that wait makes it due. */
const WAITS =
  '(waits_for IS NOT NULL OR EXISTS (SELECT 1 FROM progress_family f WHERE f.parent = progress_manager.number AND f.look_at IS NOT NULL))';

/** What each press asks of a row and does to it, as SQL without bindings. */
export function pressesFor(dialect: Dialect): Readonly<Record<PressName, Press>> {
  const { now } = dialect;
  return {
    // The token rises in the same statement: what the running slice records afterwards is refused.
    cancel: {
      expected: "status IN ('new', 'in_progress', 'paused')",
      reached: "status = 'cancelled'",
      sets: `status = 'cancelled', lease_version = lease_version + 1, lease_owner = NULL, has_place = 0, due_at = NULL, finished_at = ${now()}`,
    },
    // The token stays, so that a slice that runs is recorded; while it runs, `due_at` goes on to be the end of its lease.
    pause: {
      expected: "status IN ('new', 'in_progress')",
      reached: "status = 'paused'",
      sets: `status = 'paused', has_place = CASE WHEN lease_owner IS NULL THEN 0 ELSE has_place END,
       due_at = CASE WHEN lease_owner IS NULL THEN NULL ELSE due_at END`,
    },
    // A slice that still runs keeps its lease, and its place; without one `due_at` is NULL here. Else the job is due as when it was pushed.
    resume: {
      expected: "status = 'paused'",
      reached: "status IN ('new', 'in_progress')",
      sets: `status = CASE WHEN attempt = 0 THEN 'new' ELSE 'in_progress' END,
       has_place = CASE WHEN due_at > ${now()} THEN has_place ELSE 0 END,
       due_at = CASE WHEN lease_owner IS NOT NULL THEN due_at WHEN ${WAITS} THEN NULL ELSE ${asPushed(dialect)} END,
       eta_at = NULL`,
    },
    // Every counter begins anew, and what was said of the failure goes with it; `attempt` rises with the next claim, as it does for a new row.
    retry: {
      expected: "status IN ('error', 'cancelled')",
      reached: "status = 'new'",
      sets: `message = CASE WHEN status = 'error' THEN NULL ELSE message END, status = 'new', lease_version = lease_version + 1, lease_owner = NULL, has_place = 0, tries_used = 0, crash_count = 0,
       child_deaths = 0, is_isolated = 0, refusals = 0, idle_slices = 0, error = NULL, finished_at = NULL, is_closed = 0, eta_at = NULL,
       due_at = CASE WHEN ${WAITS} THEN NULL ELSE ${asPushed(dialect)} END`,
    },
    startNow: {
      expected: "status = 'new' AND waits_for IS NOT NULL",
      reached: 'waits_for IS NULL',
      sets: `waits_for = NULL, due_at = ${asPushed(dialect)}`,
    },
    close: { expected: FINISHED, reached: 'is_closed = 1', sets: 'is_closed = 1' },
  };
}

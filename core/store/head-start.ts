import type { Dialect } from './dialect.js';

/**
 * SQL for how many milliseconds before now a row stands in line, −5 now, 5 ten minutes ago: a low priority is late by
 * minutes and never starved. The same for a new row, for one that goes to the back, and for one that is given back.
 */
export const HEAD_START = '-(priority + 5) * 60000';

/** A paused job is not due, until somebody resumes it. */
export const unlessPaused = (due: string) => `CASE WHEN status = 'paused' THEN NULL ELSE ${due} END`;

/** It keeps the place that a limit of its type gave it, unless it rests now. */
export const KEEPS_PLACE = "has_place = CASE WHEN status = 'paused' THEN 0 ELSE has_place END";

/** The same in whole seconds, for a row that is not in the table yet. */
export const headStartSeconds = (priority: number) => (priority + 5) * 60;

/** SQL for when a row is due that begins as when it was pushed: at its run time when that is to come, else at once. */
export const asPushed = ({ now, nowPlus }: Pick<Dialect, 'now' | 'nowPlus'>) =>
  `CASE WHEN run_at > ${now()} THEN run_at ELSE ${nowPlus(HEAD_START)} END`;

/**
 * Where a job is whose phases are known only once it runs (a type declares others by `phases`): at `step` of `max` in
 * `phase`, from 1, of `phases`; whole numbers.
 */
export interface BarPosition {
  readonly phases: number;
  readonly phase: number;
  readonly step: number;
  readonly max: number;
}

/**
 * What a job says, made fit: one phase where none is named, nothing beyond its end, 0 for what is no number. What it says
 * besides, such as a label, stays as it is.
 */
export function barPosition<P extends Partial<BarPosition>>(said: P): P & BarPosition {
  const { phases = 1, phase = 1, step = 0, max = 0 } = said;
  const last = within(phases, 1, Number.MAX_SAFE_INTEGER);
  const most = within(max, 0, Number.MAX_SAFE_INTEGER);
  return { ...said, phases: last, phase: within(phase, 1, last), step: within(step, 0, most), max: most };
}

/** Percent of the whole bar, 0…100, for `setProgress` or `context.report`; each phase takes as much of it. */
export function barPercent({ phases, phase, step, max }: BarPosition): number {
  return (100 * (step / (max || 1) + phase - 1)) / phases;
}

function within(said: number, from: number, to: number): number {
  return Math.min(to, Math.max(from, Math.trunc(Number(said)) || 0));
}

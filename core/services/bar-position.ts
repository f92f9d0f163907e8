import type { Job } from '../contracts/job.js';

/**
 * Where a job is whose phases are known only once it runs (a type declares others by `phases`): at `step` of `max` in
 * `phase`, from 1, of `phases`; whole numbers. `label` is one line for the owner.
 */
export interface BarPosition {
  readonly phases: number;
  readonly phase: number;
  readonly step: number;
  readonly max: number;
  readonly label?: string;
}

/** What a job says, made fit: one phase where none is named, nothing beyond its end, 0 for what is no number. */
export function barPosition({ phases = 1, phase = 1, step = 0, max = 0, label }: Partial<BarPosition>): BarPosition {
  const last = within(phases, 1, Number.MAX_SAFE_INTEGER);
  const most = within(max, 0, Number.MAX_SAFE_INTEGER);
  const position = { phases: last, phase: within(phase, 1, last), step: within(step, 0, most), max: most };
  return label === undefined || label === '' ? position : { ...position, label };
}

/** Percent of the whole bar, 0…100 with two decimals, for `setProgress` or `context.report`; each phase takes as much of it. */
export function barPercent({ phases, phase, step, max }: BarPosition): number {
  return Math.round((10_000 * (step / (max || 1) + phase - 1)) / phases) / 100;
}

/** What stands beside the bar: `Phase 2/4 · Import`, without what there is not; `undefined`: nothing. */
export function barText({ phases, phase, label }: BarPosition): string | undefined {
  const isToBeSaid = phases > 1 || PHASE.exec(label ?? '')?.[1] !== undefined;
  return [isToBeSaid && `Phase ${phase}/${phases}`, label].filter(Boolean).join(' · ') || undefined;
}

/** As `barText` has said it: a label that begins in the same way stands behind a phase of its own. */
const PHASE = /^(?:Phase (\d+)\/(\d+)(?: · |$))?(.*)$/s;

/**
 * Where a job stands that moves by `setPosition`, read from its counts and its message; one that says these by itself is in
 * its only phase, with its message as the label. `undefined`: it has not said how much there is.
 */
export function positionOf({ message, counts: { processed, total } }: Pick<Job, 'message' | 'counts'>) {
  if (total === undefined) return undefined;
  const [, phase, phases, label] = PHASE.exec(message ?? '') ?? [];
  const read = (number = '1') => Number(number);
  return barPosition({
    phases: read(phases),
    phase: read(phase),
    step: processed,
    max: total,
    ...(label && { label }),
  });
}

function within(said: number, from: number, to: number): number {
  return Math.min(to, Math.max(from, Math.trunc(Number(said)) || 0));
}

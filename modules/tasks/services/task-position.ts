import type { Job } from 'progress-manager';

/** Where a task is: at `step` of `max` in `phase` (from 1) of `phases`; whole numbers. */
export type TaskPosition = Readonly<Record<'phases' | 'phase' | 'step' | 'max', number> & { libelle?: string }>;

/** What a task says, made fit: one phase where none is named, nothing beyond its end, 0 for what is no number. */
export function positionOf({ phases = 1, phase = 1, step = 0, max = 0, ...rest }: Partial<TaskPosition>): TaskPosition {
  const within = (said: number, from: number, to: number) =>
    Math.min(to, Math.max(from, Math.trunc(Number(said)) || 0));
  const [last, most] = [within(phases, 1, Number.MAX_SAFE_INTEGER), within(max, 0, Number.MAX_SAFE_INTEGER)];
  return { phases: last, phase: within(phase, 1, last), step: within(step, 0, most), max: most, ...rest };
}

/** 0…100. */
export function percentOf({ phases, phase, step, max }: TaskPosition): number {
  return (100 * (step / (max || 1) + phase - 1)) / phases;
}

/** The line beside the bar, from which `positionIn` reads the phase; `''`: none. */
export function messageOf({ phases, phase, libelle }: TaskPosition): string {
  return [phases > 1 && `Phase ${phase}/${phases}`, libelle].filter(Boolean).join(' · ');
}

/** Where a running task last said it was; `undefined`: it has said nothing. */
export function positionIn({ message = '', counts: { processed, total } }: Job): TaskPosition | undefined {
  if (total === undefined) return undefined;
  const [, phase = 1, phases = 1, libelle] = /^(?:Phase (\d+)\/(\d+)(?: · |$))?(.*)$/s.exec(message) ?? [];
  const place = { phases: Number(phases), phase: Number(phase), step: processed, max: total };
  return positionOf(libelle ? { ...place, libelle } : place);
}

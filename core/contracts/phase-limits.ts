/** Phases of a type, and characters of a phase's name: what fits its column and the eye. */
export const MOST_PHASES = 50;
export const MOST_PHASE_NAME = 50;

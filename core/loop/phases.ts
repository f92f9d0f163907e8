import type { PhaseConfig } from '../contracts/config.js';
import type { JobPhase } from '../contracts/job.js';
import type { PhaseInSlice } from '../contracts/progress-job.js';

interface Part {
  readonly name: string;
  /** Percent of the whole job. */
  readonly from: number;
  readonly until: number;
}

/** The phases of a job: where each of them lies on its bar. Percent of the whole job and of a phase, each 0…100. */
export class Phases {
  readonly #parts: readonly Part[];

  constructor(private readonly list: readonly PhaseConfig[]) {
    const weights = list.map((phase) => (typeof phase === 'string' ? 1 : (phase.weight ?? 1)));
    const before = weights.map((_, index) => weights.slice(0, index).reduce(sum, 0));
    const all = weights.reduce(sum, 0);
    this.#parts = list.map((phase, index) => ({
      name: typeof phase === 'string' ? phase : phase.name,
      from: (100 * (before[index] ?? 0)) / all,
      until: index === list.length - 1 ? 100 : (100 * ((before[index] ?? 0) + (weights[index] ?? 0))) / all,
    }));
  }

  /** Where a job is whose row says so; the first for one that has not moved. A name counts more than a place. */
  indexOf(recorded: JobPhase | undefined): number {
    const named = this.#parts.findIndex(({ name }) => name === recorded?.name);
    return named < 0 ? Math.min(recorded?.index ?? 1, this.list.length) : named + 1;
  }

  /** The number of a phase by its name or number. Throws a TypeError that says which there are. */
  find(phase: unknown): number {
    const index = typeof phase === 'string' ? this.#parts.findIndex(({ name }) => name === phase) + 1 : phase;
    if (Number.isInteger(index) && this.#parts[(index as number) - 1]) return index as number;
    const names = this.#parts.map(({ name }) => `"${name}"`).join(', ');
    const said =
      typeof phase === 'string' ? `"${phase.slice(0, 100)}"` : typeof phase === 'number' ? phase : typeof phase;
    throw new TypeError(`There is no phase ${said}. The type's phases are ${names}, or 1 to ${this.list.length}.`);
  }

  /** So much of a phase is so much of the job. What is no finite number stays so. */
  overall(index: number, percent: number): number {
    const { from, until } = this.#part(index);
    return from + ((until - from) * Math.min(100, Math.max(0, percent))) / 100;
  }

  /** The phase for a slice of a job whose bar stands so. */
  inSlice(index: number, progress: number): PhaseInSlice {
    const { from, until } = this.#part(index);
    const within = (100 * (progress - from)) / (until - from);
    return { ...this.view(index), progress: Math.min(100, Math.max(0, within)) };
  }

  view(index: number): JobPhase {
    return { index, of: this.list.length, name: this.#part(index).name };
  }

  /** The phase, and where it ends. */
  position(index: number): JobPhase & { readonly until: number } {
    return { ...this.view(index), until: this.#part(index).until };
  }

  #part(index: number): Part {
    return this.#parts[index - 1] as Part;
  }
}

const sum = (one: number, other: number) => one + other;

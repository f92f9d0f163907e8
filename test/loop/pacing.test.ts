import { describe, expect, test } from 'vitest';
import { Pacing } from '../../core/loop/pacing.js';
import { generatedTrace, recordedTrace, type Trace } from './trace.js';

const SECONDS = 1000;

describe('the estimate', () => {
  test('is not known before a second of work, nor before anything has moved', () => {
    const pacing = new Pacing(undefined, 0, undefined, 0);
    expect(pacing.moved({ progress: 0 }, 5000).leftMs).toBeUndefined();
    expect(new Pacing(undefined, 0, undefined, 0).moved({ progress: 10 }, 999).leftMs).toBeUndefined();
    expect(new Pacing(undefined, 0, undefined, 0).moved({ progress: 10 }, 1000).leftMs).toBe(9000);
  });

  test('is not known beyond 30 days', () => {
    const left = (progress: number) => new Pacing(undefined, 0, undefined, 0).moved({ progress }, 60_000).leftMs;
    expect(left(0.01)).toBe(599_940_000);
    expect(left(0.001)).toBeUndefined();
  });

  test('goes on from the pace in the row: only time in which a worker carries the job counts', () => {
    const one = new Pacing(undefined, 0, undefined, 0);
    one.moved({ progress: 20 }, 10_000);
    // A day later, in another process with a clock of its own.
    const other = new Pacing(one.pace, 20, undefined, 86_400_000);
    expect(other.moved({ progress: 40 }, 86_410_000).leftMs).toBe(30_000);
    expect(other.pace.workMs).toBe(20_000);
  });

  test('a stand in the middle of the work makes it later, and what is long ago is forgotten', () => {
    const pacing = new Pacing(undefined, 0, undefined, 0);
    pacing.moved({ progress: 50 }, 50 * SECONDS);
    expect(pacing.moved({ progress: 50 }, 60 * SECONDS).leftMs).toBeGreaterThan(60 * SECONDS);
    for (let second = 61; second <= 100; second++)
      pacing.moved({ progress: 50 + (second - 60) / 10 }, second * SECONDS);
    const left = pacing.moved({ progress: 54.1 }, 101 * SECONDS).leftMs ?? 0;
    // The mean of all would say 86 s.
    expect(left / SECONDS).toBeGreaterThan(150);
  });

  test('has a pace for each phase, and the pace so far for those to come', () => {
    const pacing = new Pacing(undefined, 0, 1, 0);
    pacing.moved({ progress: 25, phase: { index: 1, until: 50 } }, 10 * SECONDS);
    expect(pacing.moved({ progress: 50, phase: { index: 2, until: 100 } }, 20 * SECONDS).leftMs).toBe(20 * SECONDS);
    // The second phase is five times as fast.
    expect(pacing.moved({ progress: 75, phase: { index: 2, until: 100 } }, 22 * SECONDS).leftMs).toBe(2 * SECONDS);
  });
});

/** Traces with their person's pause or not, and the number of equal phases that their type declares. */
const TRACES: readonly { name: string; traces: () => Trace[] | Promise<Trace[]>; phases?: number; pause?: number }[] = [
  { name: 'steady', traces: () => seeds((seed) => generatedTrace(seed, () => 0.25)) },
  { name: 'slowing down', traces: () => seeds((seed) => generatedTrace(seed, (at) => 0.6 * (1 - at / 125))) },
  { name: 'slow to begin', traces: () => seeds((seed) => generatedTrace(seed, (_, at) => (at < 40 ? 0.01 : 0.3))) },
  { name: 'bursts', traces: () => seeds((seed) => generatedTrace(seed, (_, at) => (at % 30 < 20 ? 0.45 : 0.03))) },
  { name: 'paused in the middle', traces: () => seeds((seed) => generatedTrace(seed, () => 0.25)), pause: 600_000 },
  {
    name: 'phases of different speed',
    phases: 4,
    traces: () => seeds((seed) => generatedTrace(seed, (at) => [0.2, 0.8, 0.1, 0.4][Math.floor(at / 25)] ?? 1)),
  },
  {
    name: 'two parts, the second slow',
    traces: () => seeds((seed) => generatedTrace(seed, (at) => (at < 50 ? 0.6 : 0.1))),
  },
  { name: 'recorded: import', traces: async () => [await recordedTrace('import')] },
  { name: 'recorded: export', traces: async () => [await recordedTrace('export')] },
  { name: 'recorded: mass update', traces: async () => [await recordedTrace('massUpdate')] },
];

/** In percent of a job's whole time, how far the estimate is off in the median: ours, and the mean rate's. */
const FIGURES: Readonly<Record<string, readonly [ours: number, mean: number]>> = {
  steady: [1.1, 0.8],
  'slowing down': [21.0, 27.9],
  'slow to begin': [0.9, 9.9],
  bursts: [3.5, 1.8],
  'paused in the middle': [1.1, 5.6],
  'phases of different speed': [9.2, 9.4],
  'two parts, the second slow': [1.6, 30.2],
  'recorded: import': [6.9, 6.4],
  'recorded: export': [3.2, 3.8],
  'recorded: mass update': [5.5, 5.6],
};

describe('the estimate beside the mean rate', () => {
  test.for(TRACES)('$name', async ({ name, traces, phases = 1, pause = 0 }) => {
    const all = await traces();
    const off = [(trace: Trace) => ours(trace, phases), (trace: Trace) => meanRate(trace, pause)].map((left) =>
      median(all.flatMap((trace) => errors(trace, left(trace)))),
    );
    expect(off.map((percent) => Math.round(percent * 10) / 10)).toEqual(FIGURES[name]);
  });

  test('is off by about half as much, and where by more, then by 2 % of the whole time at most', () => {
    const figures = Object.values(FIGURES);
    const [best = 0, mean = 0] = [median(figures.map(([each]) => each)), median(figures.map(([, each]) => each))];
    expect(best).toBeLessThan(mean * 0.6);
    expect(figures.filter(([each, other]) => each < other)).toHaveLength(7);
    expect(Math.max(...figures.map(([each, other]) => each - other))).toBeLessThan(2);
  });
});

function seeds(trace: (seed: number) => Trace): Trace[] {
  return Array.from({ length: 10 }, (_, seed) => trace(seed + 1));
}

/** What is said to be left after each move. */
function ours(trace: Trace, phases: number): number[] {
  const pacing = new Pacing(undefined, 0, 1, 0);
  return trace.map(([ms, progress]) => {
    const index = Math.min(phases, Math.floor((progress / 100) * phases) + 1);
    return pacing.moved({ progress, phase: { index, until: (100 * index) / phases } }, ms).leftMs ?? Number.NaN;
  });
}

/** As others do it: all time since the beginning, a pause in the middle too. */
function meanRate(trace: Trace, pause: number): number[] {
  return trace.map(([ms, progress]) => ((100 - progress) * (ms + (progress > 50 ? pause : 0))) / progress);
}

function errors(trace: Trace, left: readonly number[]): number[] {
  const end = trace.at(-1)?.[0] ?? 0;
  return trace
    .map(([ms, progress], index) => ({ progress, off: Math.abs((left[index] ?? 0) - (end - ms)) / end }))
    .filter(({ progress, off }) => progress >= 2 && progress < 99 && !Number.isNaN(off))
    .map(({ off }) => 100 * off);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

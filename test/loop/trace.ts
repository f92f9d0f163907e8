import { readFile } from 'node:fs/promises';

/** How a job came on: milliseconds since its beginning, and percent; the last move is its end. */
export type Trace = readonly (readonly [ms: number, percent: number])[];

/** A trace that was recorded, `test/fixtures/traces/<name>.txt`: milliseconds and percent on each line. */
export async function recordedTrace(name: string): Promise<Trace> {
  const text = await readFile(new URL(`../fixtures/traces/${name}.txt`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map(Number) as [number, number]);
}

/** A trace of one move a second, each as far as `speed` says (percent), with noise from a seed. */
export function generatedTrace(seed: number, speed: (percent: number, second: number) => number): Trace {
  const random = randomOf(seed);
  const trace: [number, number][] = [];
  let percent = 0;
  for (let second = 1; percent < 100; second++) {
    // Two draws make a hill of chances instead of a plain.
    percent = Math.min(100, percent + speed(percent, second) * (0.4 + 0.6 * (random() + random())));
    trace.push([second * 1000, percent]);
  }
  return trace;
}

/** Numbers from 0 to 1 that are the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

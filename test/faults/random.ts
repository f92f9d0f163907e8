/** Numbers from 0 to below 1 that are the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Of the test that runs now. */
let current = 0;

/** The seed of this run: FAULTS_SEED, or one of its own. Printed, so that a run can be repeated. */
export function seedOfRun(what: string): number {
  const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`${what}: FAULTS_SEED=${seed}`);
  current = seed;
  return seed;
}

/** The seed that `seedOfRun` gave last. */
export const currentSeed = (): number => current;

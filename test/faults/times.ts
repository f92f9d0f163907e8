/** How many times as many faults as in CI: FAULTS_TIMES, 1 by default. `npm run test:faults -- --long` sets it. */
export const TIMES = Number(process.env.FAULTS_TIMES ?? 1);

/** So many faults in CI, and a multiple of them in a long run. */
export const faults = (inCi: number): number => inCi * TIMES;

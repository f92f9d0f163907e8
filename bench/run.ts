import { nearest } from '../core/registry/nearest.js';

/** `npm run bench -- <name>`: each bench prints ratios from one run, never a speed to be compared with another day's. */
const BENCHES: Readonly<Record<string, () => Promise<{ run(): Promise<void> }>>> = {
  overhead: () => import('./overhead.js'),
  memory: () => import('./memory.js'),
  engine: () => import('./engine.js'),
  polls: () => import('./polls.js'),
};

const name = process.argv[2] ?? '';
const load = BENCHES[name];
if (load) {
  await (await load()).run();
} else {
  console.error(`There is no bench "${name}". ${nearest(name, Object.keys(BENCHES))}`);
  process.exitCode = 2;
}

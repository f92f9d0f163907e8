import { spawnSync } from 'node:child_process';

/**
 * Runs the tests by faults: in minutes, or with `--long` in hours, with so many times as many faults. Everything else
 * is for vitest: `npm run test:faults -- kills` runs one file. FAULTS_TIMES says another number of times.
 */
const LONG_TIMES = '25';

const words = process.argv.slice(2);
const isLong = words.includes('--long');
const times = process.env.FAULTS_TIMES ?? (isLong ? LONG_TIMES : '1');
const { status } = spawnSync(
  'npx',
  ['vitest', 'run', '--project', 'faults*', ...words.filter((word) => word !== '--long')],
  { stdio: 'inherit', env: { ...process.env, FAULTS: '1', FAULTS_TIMES: times } },
);
process.exitCode = status ?? 1;

import { resolve } from 'node:path';
import { ofThisProcess } from '../../bin/command-line.js';
import { serve } from '../../bin/commands/serve.js';
import { runGuarded } from '../../bin/run-guarded.js';
import { runDemoJobs } from './demo-jobs.js';
import { writePlaces } from './places-csv.js';

const CSV = resolve('data/demo/places.csv');

/** `npm run demo`: the server, and beside it three jobs on real data. Stopped and started again, it goes on. */
const exitCode = await runGuarded(ofThisProcess(), (context) =>
  serve(context, {
    work: true,
    beside: async (app, signal) => {
      const say = (line: string): void => context.output.note(line);
      say('Places of the world by GeoNames (geonames.org), CC-BY 4.0.');
      await writePlaces(CSV);
      await runDemoJobs(app, CSV, signal, say);
    },
  }),
);
process.exit(exitCode);

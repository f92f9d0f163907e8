import { describeStartsAndStops } from './start-stop-suite.js';

describeStartsAndStops(async () => ({ databaseUrl: 'sqlite::memory:' }));

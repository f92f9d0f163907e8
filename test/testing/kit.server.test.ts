import { describe } from 'vitest';
import { emptyDatabases } from '../support/empty-databases.js';
import { describeKit } from './kit-suite.js';

// Every third statement: an empty database costs more than the job.
describe('the server', { timeout: 120_000 }, () => describeKit({ databaseUrl: emptyDatabases() }, 3));

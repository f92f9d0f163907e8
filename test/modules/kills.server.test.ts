import { describe } from 'vitest';
import { emptyDatabases } from '../support/empty-databases.js';
import { describeKills } from './kills-behaviour.js';

// Every third statement: an empty database costs more than the job.
describe('the server', { timeout: 120_000 }, () => describeKills({ databaseUrl: emptyDatabases() }, 3));

import { emptyDatabases } from '../support/empty-databases.js';
import { childrenSuite } from './children-suite.js';

// Every third statement: an empty database costs more than the job.
childrenSuite({ databaseUrl: emptyDatabases() }, 3);

import { emptyDatabases } from '../../../test/support/empty-databases.js';
import { historySuite } from './history-suite.js';

const emptyDatabase = emptyDatabases();
historySuite(async () => ({ databaseUrl: await emptyDatabase() }));

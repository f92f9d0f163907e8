import { createSqliteFile } from '../support/shared-database.js';
import { familyWatchSuite } from './watch-suite.js';

familyWatchSuite(createSqliteFile);

import { createTestDatabase } from '../support/test-database.js';
import { familyWatchSuite } from './watch-suite.js';

familyWatchSuite(createTestDatabase);

import { createTestDatabase } from '../support/test-database.js';
import { canarySuite } from './canary-suite.js';

canarySuite(createTestDatabase);

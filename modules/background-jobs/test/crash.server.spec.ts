import { createTestDatabase } from '../../../test/support/test-database.js';
import { crashSuite } from './crash-suite.js';

crashSuite(createTestDatabase);

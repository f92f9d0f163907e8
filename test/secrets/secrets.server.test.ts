import { createTestDatabase } from '../support/test-database.js';
import { secretsSuite } from './secrets-suite.js';

secretsSuite(createTestDatabase);

import { createTestDatabase } from '../support/test-database.js';
import { hooksSuite } from './hooks-suite.js';

hooksSuite(createTestDatabase);

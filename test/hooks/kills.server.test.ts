import { createTestDatabase } from '../support/test-database.js';
import { killsSuite } from './kills-suite.js';

killsSuite(createTestDatabase);

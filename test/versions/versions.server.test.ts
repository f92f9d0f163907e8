import { createTestDatabase } from '../support/test-database.js';
import { versionsSuite } from './versions-suite.js';

versionsSuite(createTestDatabase);

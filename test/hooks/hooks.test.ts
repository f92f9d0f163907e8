import { createSqliteFile } from '../support/shared-database.js';
import { hooksSuite } from './hooks-suite.js';

hooksSuite(createSqliteFile);

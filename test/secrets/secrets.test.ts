import { createSqliteFile } from '../support/shared-database.js';
import { secretsSuite } from './secrets-suite.js';

secretsSuite(createSqliteFile);

import { createSqliteFile } from '../../../test/support/shared-database.js';
import { crashSuite } from './crash-suite.js';

crashSuite(createSqliteFile);

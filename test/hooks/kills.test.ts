import { createSqliteFile } from '../support/shared-database.js';
import { killsSuite } from './kills-suite.js';

killsSuite(createSqliteFile);

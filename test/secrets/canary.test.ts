import { createSqliteFile } from '../support/shared-database.js';
import { canarySuite } from './canary-suite.js';

canarySuite(createSqliteFile);

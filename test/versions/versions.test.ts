import { createSqliteFile } from '../support/shared-database.js';
import { versionsSuite } from './versions-suite.js';

versionsSuite(createSqliteFile);

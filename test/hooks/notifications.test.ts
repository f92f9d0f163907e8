import { createSqliteFile } from '../support/shared-database.js';
import { notificationsSuite } from './notifications-suite.js';

notificationsSuite(createSqliteFile);

import { createTestDatabase } from '../support/test-database.js';
import { notificationsSuite } from './notifications-suite.js';

notificationsSuite(createTestDatabase);

import { createTestDatabase } from '../support/test-database.js';
import { badRequests } from './bad-requests-contract.js';

badRequests(createTestDatabase);

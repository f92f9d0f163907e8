import { createTestDatabase } from '../support/test-database.js';
import { jobStoreContract } from './job-store-contract.js';

jobStoreContract('a server', createTestDatabase);

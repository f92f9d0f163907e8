import { createTestDatabase } from '../support/test-database.js';
import { scheduleStoreContract } from './schedule-store-contract.js';

scheduleStoreContract(createTestDatabase);

import { createTestDatabase } from '../support/test-database.js';
import { accessStoreContract } from './access-store-contract.js';

accessStoreContract(createTestDatabase);

import { createTestDatabase } from '../support/test-database.js';
import { plansContract } from './plans-contract.js';

plansContract('a server', createTestDatabase);

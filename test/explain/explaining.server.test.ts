import { createTestDatabase } from '../support/test-database.js';
import { explainingOn } from './open.js';

explainingOn('a server', createTestDatabase);

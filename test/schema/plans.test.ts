import { plansContract } from './plans-contract.js';

plansContract('SQLite', async () => ({ url: 'sqlite::memory:', [Symbol.asyncDispose]: async () => undefined }));

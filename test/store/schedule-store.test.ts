import { scheduleStoreContract } from './schedule-store-contract.js';

scheduleStoreContract(async () => ({ url: 'sqlite::memory:', [Symbol.asyncDispose]: async () => undefined }));

import { accessStoreContract } from './access-store-contract.js';

accessStoreContract(async () => ({ url: 'sqlite::memory:', [Symbol.asyncDispose]: async () => undefined }));

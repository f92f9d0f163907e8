import { badRequests } from './bad-requests-contract.js';

badRequests(async () => ({ url: 'sqlite::memory:', [Symbol.asyncDispose]: async () => undefined }));

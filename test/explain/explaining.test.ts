import { explainingOn } from './open.js';

explainingOn('SQLite', async () => ({ url: 'sqlite::memory:', [Symbol.asyncDispose]: async () => undefined }));

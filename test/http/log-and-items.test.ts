import { logAndItemsContract } from './log-and-items-contract.js';

logAndItemsContract(async () => ({}));

import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { type OpenDatabase, StoreUnderTest } from '../store/contract/store-under-test.js';
import { explainingContract } from './explaining-contract.js';

/** The explanations on one kind of database. */
export function explainingOn(name: string, openDatabase: OpenDatabase): void {
  describe(`explaining on ${name}`, () => {
    const at = new StoreUnderTest();
    beforeAll(() => at.open(openDatabase));
    afterAll(() => at.close());
    beforeEach(() => at.empty());
    explainingContract(at);
  });
}

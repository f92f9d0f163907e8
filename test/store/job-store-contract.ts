import { afterAll, beforeAll, beforeEach, describe, vi } from 'vitest';
import { beatContract } from './contract/beat.js';
import { chainsContract } from './contract/chains.js';
import { claimContract } from './contract/claim.js';
import { claimAheadContract } from './contract/claim-ahead.js';
import { claimOneContract } from './contract/claim-one.js';
import { claimRacesContract } from './contract/claim-races.js';
import { endContract } from './contract/end.js';
import { endsContract } from './contract/ends.js';
import { findContract } from './contract/find.js';
import { giveBackContract } from './contract/give-back.js';
import { historyContract } from './contract/history.js';
import { insertContract } from './contract/insert.js';
import { insertKeyContract } from './contract/insert-key.js';
import { insertTogetherContract } from './contract/insert-together.js';
import { limitsContract } from './contract/limits.js';
import { paceContract } from './contract/pace.js';
import { pagingContract } from './contract/paging.js';
import { prefetchContract } from './contract/prefetch.js';
import { recordContract } from './contract/record.js';
import { recordTogetherContract } from './contract/record-together.js';
import { recordWithContract } from './contract/record-with.js';
import { restContract } from './contract/rest.js';
import { runningOutContract } from './contract/running-out.js';
import { smallInsertsContract } from './contract/small-inserts.js';
import { type OpenDatabase, StoreUnderTest } from './contract/store-under-test.js';
import { takeOverContract } from './contract/take-over.js';
import { textContract } from './contract/text.js';
import { timeContract } from './contract/time.js';
import { transitionsContract } from './contract/transitions.js';

const PARTS: Readonly<Record<string, (at: StoreUnderTest) => void>> = {
  insert: insertContract,
  'insert with a key': insertKeyContract,
  'insert together': insertTogetherContract,
  'get and find': findContract,
  pages: pagingContract,
  claim: claimContract,
  'claims that follow one another': claimAheadContract,
  'claims for later': prefetchContract,
  'a claim of one': claimOneContract,
  'claims at the same time': claimRacesContract,
  'lost workers': takeOverContract,
  'leases that run out': runningOutContract,
  chains: chainsContract,
  'limits and pauses': limitsContract,
  record: recordContract,
  'record together': recordTogetherContract,
  'record with writes': recordWithContract,
  beat: beatContract,
  'estimates and phases': paceContract,
  'postpone and release': giveBackContract,
  'cancel, close, remove': endContract,
  'pause, resume, retry': restContract,
  history: historyContract,
  'ends that are told': endsContract,
  'small inserts': smallInsertsContract,
  transitions: transitionsContract,
  text: textContract,
  time: timeContract,
};

/** Everything that a job store promises, on one kind of database. */
export function jobStoreContract(name: string, openDatabase: OpenDatabase): void {
  describe(`the job store on ${name}`, () => {
    const at = new StoreUnderTest();
    beforeAll(() => at.open(openDatabase));
    afterAll(() => at.close());
    beforeEach(async () => {
      vi.restoreAllMocks();
      await at.empty();
    });
    for (const [part, contract] of Object.entries(PARTS)) describe(part, () => contract(at));
  });
}

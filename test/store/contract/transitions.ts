import { expect, test } from 'vitest';
import type { ClaimedJob } from '../../../core/contracts/job-store.js';
import { STATUSES, TRANSITIONS } from '../../../core/contracts/status.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { BACK, FAILURE, LEASE_MS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** Everything that writes a status, tried on a job in every status: what changes is what the table of transitions says. */
export function transitionsContract(at: StoreUnderTest): void {
  const writes: Readonly<Record<string, (held: ClaimedJob) => Promise<unknown>>> = {
    claim: () => at.claim(),
    'record progress': (held) => at.store.record(held, slice(), BACK),
    'record success': (held) => at.store.record(held, slice({ status: 'success' }), BACK),
    'record error': (held) => at.store.record(held, FAILURE, BACK),
    postpone: (held) => at.store.postpone(held, { refusals: 1, idleSlices: 0 }, 0),
    release: (held) => at.store.release(held),
    cancel: ({ number }) => at.store.cancel(number, APPLICATION),
    'try later': (held) => at.store.tryLater(held, { code: 'threw', message: 'It broke.' }, 0),
    pause: ({ number }) => at.store.pause(number, APPLICATION),
    resume: ({ number }) => at.store.resume(number, APPLICATION),
    'resume before it began': async ({ number }) => {
      await at.set(number, { attempt: 0 });
      await at.store.resume(number, APPLICATION);
    },
    retry: ({ number }) => at.store.retry(number, APPLICATION),
    close: ({ number }) => at.store.close(number, APPLICATION),
  };

  test('the status goes the ways of the table, all of them, and no other', async () => {
    const gone = new Set<string>();
    for (const from of STATUSES) {
      for (const write of Object.values(writes)) {
        const held = await at.running();
        // As if every guard but the status held.
        await at.set(held.number, { status: from });
        at.pass(LEASE_MS);
        await write(held);
        const { status } = await at.job(held.number);
        if (status !== from) gone.add(`${from} -> ${status}`);
        await at.empty();
      }
    }
    expect([...gone].sort()).toEqual(TRANSITIONS.map(({ from, to }) => `${from} -> ${to}`).sort());
  });
}

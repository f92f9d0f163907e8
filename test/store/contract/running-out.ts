import { expect, test } from 'vitest';
import { LEASE_MS } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** Which leases are about to end. */
export function runningOutContract(at: StoreUnderTest): void {
  const within = (ms: number, most = 10) => at.store.runningOut(['copy', 'move', 'print'], ms, most);

  test('leases that end within the time are counted by type, up to the most that is asked for', async () => {
    for (const type of ['copy', 'copy', 'copy', 'move', 'other']) await at.running({ type });
    expect(await within(LEASE_MS)).toEqual(new Map());
    at.pass(1);
    expect(await within(LEASE_MS)).toEqual(
      new Map([
        ['copy', 3],
        ['move', 1],
      ]),
    );
    expect((await within(LEASE_MS, 2)).get('copy')).toBe(2);
    at.pass(LEASE_MS / 2);
    expect((await within(LEASE_MS / 2 + 1)).get('copy')).toBe(3);
    expect(await within(LEASE_MS / 2 - 1)).toEqual(new Map());
  });

  test('one that has ended is due, and runs out no more', async () => {
    await at.running();
    at.pass(LEASE_MS);
    expect(await within(LEASE_MS)).toEqual(new Map());
  });

  test.each([
    ['waits for its time', { lease_owner: null }],
    ['is new', { status: 'new', lease_owner: null }],
    ['is paused', { status: 'paused' }],
    ['was flagged by another program', { deleted: 1 }],
  ])('a job that %s is none', async (_, columns) => {
    const { number } = await at.running();
    await at.set(number, columns);
    at.pass(1);
    expect(await within(LEASE_MS)).toEqual(new Map());
  });

  test('of no types there are none', async () => {
    expect(await at.store.runningOut([], LEASE_MS, 10)).toEqual(new Map());
  });
}

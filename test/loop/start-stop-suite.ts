import type { BootOptions } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';
import { until } from '../support/until.js';

const CYCLES = 1000;
/** Each cycle waits for two commits to reach the disk, which takes a busy one tens of milliseconds. */
const CYCLES_MS = 120_000;
const RACERS = 10;
const RACES = 50;
const BOOTS = 100;

/** What holds a process besides us, by kind and count. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Waits until nothing is held that was not held before: a socket takes a moment to close. */
async function expectNothingLeft(before: Readonly<Record<string, number>>): Promise<void> {
  const left = () => Object.entries(resources()).filter(([kind, count]) => count > (before[kind] ?? 0));
  await until('nothing to be left', () => left().length === 0, 3000).catch(() => undefined);
  expect(left()).toEqual([]);
}

/** `open` gives a database that is empty; `afterwards` is asked once all cores are closed. */
export function describeStartsAndStops(
  open: () => Promise<Partial<BootOptions>>,
  afterwards: () => Promise<void> = async () => undefined,
): void {
  describe('starts and stops', () => {
    test(
      `${CYCLES} in one process leave nothing behind, and the loop works after them`,
      async () => {
        const before = resources();
        {
          await using scripted = await openScripted(await open());
          for (let cycle = 0; cycle < CYCLES; cycle++) {
            await scripted.app.start();
            expect(await scripted.app.stop()).toBe(true);
          }
          await expectWork(scripted);
        }
        await expectNothingLeft(before);
        await afterwards();
      },
      CYCLES_MS,
    );

    test(`of ${RACERS} callers who race ${RACES} times, with jobs to be worked on, leave nothing behind either`, async () => {
      const before = resources();
      {
        await using scripted = await openScripted(await open());
        script.slice = (service, job) => {
          service.setOffset(job.offset + 1);
          return true;
        };
        const numbers = await Promise.all(Array.from({ length: 10 }, () => scripted.push()));
        const race = async (): Promise<void> => {
          for (let turn = 0; turn < RACES; turn++) {
            await scripted.app.start();
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
            await scripted.app.stop();
          }
        };
        await Promise.all(Array.from({ length: RACERS }, race));
        await scripted.app.stop();
        const rows = await scripted.knex('progress_manager').whereIn('number', numbers);
        expect(rows.filter(({ lease_owner, crash_count }) => lease_owner !== null || crash_count > 0)).toEqual([]);
        // Some were claimed, and were given back: else there was nothing to leave behind.
        expect(rows.filter(({ lease_version }) => Number(lease_version) > 0).length).toBeGreaterThan(0);
        await expectWork(scripted);
      }
      await expectNothingLeft(before);
      await afterwards();
    });

    test(`${BOOTS} boots and closes leave nothing behind`, async () => {
      const options = await open();
      // What is loaded once, and kept.
      await (await openScripted(options))[Symbol.asyncDispose]();
      const before = resources();
      for (let cycle = 0; cycle < BOOTS; cycle++) {
        await using scripted = await openScripted(options);
        await scripted.app.start();
      }
      await expectNothingLeft(before);
      await afterwards();
    });
  });
}

async function expectWork(scripted: Awaited<ReturnType<typeof openScripted>>): Promise<void> {
  script.slice = (service) => {
    service.setStatus('success');
    return true;
  };
  await scripted.app.start();
  const job = await scripted.manager.wait(await scripted.push('other'), { timeout: 5000 });
  expect(job.status).toBe('success');
}

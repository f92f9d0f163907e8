import type { BootOptions, ProgressJob } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { door } from '../fixtures/scripted/door.js';
import type { Scripted } from '../fixtures/scripted/open-scripted.js';
import { databaseFault } from '../support/database-fault.js';
import { until } from '../support/until.js';
import { nextSlice, outcomeSetup, script } from './outcome-setup.js';

const CHECK = { index: 2, of: 4, name: 'Check' };

/** Phases: what a slice says is percent of one of them, and the bar is theirs by weight. */
export function phasesSuite(database: () => Partial<BootOptions>): void {
  const { open } = outcomeSetup(() => ({ boundNow: () => undefined, ...database() }));

  /** A job that was carried through its first phase. */
  async function inCheck(scripted: Scripted, type = 'phased'): Promise<number> {
    const number = await scripted.push(type);
    nextSlice((service) => service.advance(3, 3));
    await scripted.loop.tick();
    return number;
  }

  describe('half of the second of four phases is 37.5 %', () => {
    test('for a service that advances', async () => {
      await using scripted = await open();
      const number = await inCheck(scripted);
      nextSlice((service) => service.advance(50, 100));
      expect(await scripted.carried(number)).toMatchObject({ progress: 37.5, phase: CHECK, offset: 50 });
    });

    test('for a function that reports, while it runs', async () => {
      await using scripted = await open();
      const { open: letGo, pass } = door();
      const number = await scripted.push('phased_run');
      script.run = async (_job, { phase, report }) => {
        phase('Check');
        report(50);
        await pass(number);
      };
      const tick = scripted.loop.tick();
      const job = await until('the bar', async () => {
        const seen = await scripted.job(number);
        return seen.progress > 25 ? seen : undefined;
      });
      expect(job).toMatchObject({ progress: 37.5, phase: CHECK, status: 'in_progress' });
      letGo();
      await tick;
      expect(await scripted.job(number)).toMatchObject({ progress: 100, phase: undefined, status: 'success' });
    });

    test.each(['Check', 2])('for a service without a base class, which says that it is in phase %s', async (phase) => {
      await using scripted = await open();
      const number = await scripted.push('phased_bare');
      script.bare = { progress: 50, status: 'in_progress', phase };
      expect(await scripted.carried(number)).toMatchObject({ progress: 37.5, phase: CHECK });
    });

    test('in a listing too', async () => {
      await using scripted = await open();
      await inCheck(scripted);
      expect((await scripted.manager.find()).list[0]).toMatchObject({ progress: 25, phase: CHECK });
    });
  });

  test('the end of a phase is the beginning of the next, at offset 0 with counts of its own; of the last, success', async () => {
    await using scripted = await open();
    const seen: [ProgressJob['phase'], number][] = [];
    script.slice = (service, job) => {
      seen.push([job.phase, job.offset]);
      service.setCounts({ failed: 1 });
      service.advance(job.offset + 1, 2);
      return true;
    };
    const number = await scripted.push('weighted');
    const bars = [];
    for (let slice = 0; slice < 6; slice++) {
      const { progress, phase, offset, counts } = await scripted.carried(number);
      bars.push([progress, phase?.name, offset, counts.processed, counts.failed]);
    }
    expect(bars).toEqual([
      [10, 'Read', 1, 1, 1],
      [20, 'Check', 0, 0, 0],
      [30, 'Check', 1, 1, 1],
      [40, 'Write', 0, 0, 0],
      [70, 'Write', 1, 1, 1],
      [100, undefined, 2, 2, 1],
    ]);
    expect(seen.map(([phase, offset]) => [phase?.index, phase?.progress, offset])).toEqual([
      [1, 0, 0],
      [1, 50, 1],
      [2, 0, 0],
      [2, 50, 1],
      [3, 0, 0],
      [3, 50, 1],
    ]);
  });

  test('a phase with nothing to do is passed, and one that a service skips', async () => {
    await using scripted = await open();
    const number = await scripted.push('phased');
    nextSlice((service) => service.advance(0, 0));
    expect(await scripted.carried(number)).toMatchObject({ progress: 25, phase: CHECK });
    nextSlice((service) => {
      service.nextPhase();
      service.nextPhase();
    });
    expect(await scripted.carried(number)).toMatchObject({ progress: 75, phase: { name: 'Sweep' } });
    nextSlice((service) => service.nextPhase());
    expect(await scripted.carried(number)).toMatchObject({ status: 'success', progress: 100 });
  });

  test('status success ends the job in whatever phase', async () => {
    await using scripted = await open();
    const number = await inCheck(scripted);
    nextSlice((service) => service.setStatus('success'));
    expect(await scripted.carried(number)).toMatchObject({ status: 'success', progress: 100, phase: undefined });
  });

  test('a slice that says nothing of its progress moves nothing', async () => {
    await using scripted = await open();
    const number = await inCheck(scripted);
    nextSlice((service) => service.advance(1, 3));
    await scripted.loop.tick();
    for (let slice = 1; slice <= 5; slice++) {
      nextSlice((service) => service.setData({ slice }));
      expect(await scripted.carried(number)).toMatchObject({ progress: 33.33, phase: CHECK, data: { slice } });
    }
  });

  test('what a slice wrote that runs again after a deadlock begins no phase twice', async () => {
    await using scripted = await open({});
    const number = await scripted.push('phased');
    let runs = 0;
    script.slice = (service, _job, { write }) => {
      write(async () => {
        service.nextPhase();
        if (++runs === 1) await databaseFault({ errno: 1213 });
      });
      return true;
    };
    expect(await scripted.carried(number)).toMatchObject({ progress: 25, phase: CHECK });
    expect(runs).toBe(2);
  });

  test('another try that begins with the first phase again takes nothing back', async () => {
    await using scripted = await open();
    const number = await inCheck(scripted);
    script.slice = (_service, _job, { phase, report }) => {
      phase('Write');
      report(50);
      throw new Error('on purpose');
    };
    expect(await scripted.carried(number)).toMatchObject({ attempt: 2, status: 'in_progress' });
    script.slice = (service, _job, { phase, report }) => {
      phase('Read');
      report(90);
      service.setData({ again: true });
      return true;
    };
    await until('it is due', async () => (await scripted.loop.tick()) > 0);
    expect(await scripted.job(number)).toMatchObject({ progress: 25, phase: CHECK, data: { again: true } });
  });

  test('a phase that does not exist ends the job with the names of those there are', async () => {
    await using scripted = await open();
    const number = await scripted.push('phased_run');
    script.run = (_job, { phase }) => phase('Chekc');
    const { error } = await scripted.carried(number);
    expect(error?.message).toBe(
      'There is no phase "Chekc". The type\'s phases are "Read", "Check", "Write", "Sweep", or 1 to 4.',
    );
  });

  test.each([0, 5, 1.5, Number.NaN, null])('a phase of number %s does not exist', async (phase) => {
    await using scripted = await open();
    const number = await scripted.push('phased_bare');
    script.bare = { progress: 50, status: 'in_progress', phase: phase as number };
    expect((await scripted.carried(number)).error?.message).toMatch(/There is no phase/);
  });

  test('a phase of a type that has none ends the job with what to do', async () => {
    await using scripted = await open();
    const number = await scripted.push('scripted_run');
    script.run = (_job, { phase }) => phase('Read');
    expect((await scripted.carried(number)).error?.message).toMatch(/declares no phases. Add them to its config/);
  });

  test.each([
    [120, 50],
    [-5, 25],
    [Number.NaN, 25],
    [Number.POSITIVE_INFINITY, 25],
  ])('progress %d of a phase stays within the phase, and is told', async (said, shown) => {
    await using scripted = await open({});
    const number = await inCheck(scripted);
    nextSlice((service) => {
      service.setProgress(said);
      service.setData({});
      service.setOffset(7);
    });
    expect(await scripted.carried(number)).toMatchObject({ progress: shown, phase: CHECK });
    if (said !== -5) expect(scripted.logged).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });

  test('a name in the row counts more than its place, and a place that is gone is the last', async () => {
    await using scripted = await open();
    const number = await inCheck(scripted);
    for (const [phase, name] of [
      [{ index: 1, of: 2, name: 'Write' }, 'Write'],
      [{ index: 9, of: 9, name: 'Gone' }, 'Sweep'],
    ] as const) {
      await scripted.change(number, { phase: JSON.stringify(phase) });
      nextSlice((service) => service.setData({ name }));
      expect((await scripted.carried(number)).phase?.name).toBe(name);
    }
  });
}

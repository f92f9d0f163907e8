import { setTimeout as sleep } from 'node:timers/promises';
import type { BootOptions } from 'progress-manager';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Database } from '../../core/store/database.js';
import type { Scripted } from '../fixtures/scripted/open-scripted.js';
import { until } from '../support/until.js';
import { outcomeSetup, script } from './outcome-setup.js';

/** When a job will have ended, as it is carried; and what it costs to know. */
export function paceSuite(database: () => Partial<BootOptions>): void {
  const { open } = outcomeSetup(() => ({ boundNow: () => undefined, ...database() }));
  afterEach(() => void vi.restoreAllMocks());

  /** Milliseconds of work, as the row has them. */
  async function workMs({ row }: Scripted, number: number): Promise<number> {
    return Number(String((await row(number)).pace).split(' ')[2]);
  }

  /** The texts of statements that write to the table of jobs from now on. */
  function updates(): string[] {
    const sent: string[] = [];
    const { change } = Database.prototype;
    vi.spyOn(Database.prototype, 'change').mockImplementation(async function (this: Database, sql, ...more) {
      if (sql.startsWith('UPDATE progress_manager')) sent.push(sql);
      return change.call(this, sql, ...more);
    });
    return sent;
  }

  describe('an estimate', () => {
    test('is fixed by the beats of a long slice, and gone when the job has ended', async () => {
      await using scripted = await open();
      const number = await scripted.push('scripted_run');
      const seen: (string | undefined)[] = [];
      let over = false;
      script.run = async (_job, { report }) => {
        for (let percent = 1; !over; percent = Math.min(98, percent + 1)) {
          report(percent);
          await sleep(50);
        }
      };
      const tick = scripted.loop.tick();
      await until('an estimate', async () => (await scripted.job(number)).eta);
      const { eta = '', modifiedAt, progress } = await scripted.job(number);
      // 50 ms a percent, and more on a busy machine; by the database's clock, as the time of the change.
      const left = Date.parse(eta) - Date.parse(modifiedAt);
      expect(left).toBeGreaterThan((100 - progress) * 40);
      expect(left).toBeLessThan((100 - progress) * 500);
      over = true;
      await tick;
      seen.push((await scripted.job(number)).eta);
      expect(seen).toEqual([undefined]);
    });

    test('is fixed by records too, at most once a second while one worker carries the job', async () => {
      await using scripted = await open({ beatMs: 60_000 });
      const sent = updates();
      const number = await scripted.push();
      const since = performance.now();
      let slices = 0;
      script.slice = async (service, job) => {
        slices++;
        await sleep(1);
        service.setOffset(job.offset + 1);
        service.setProgress(Math.min(90, (performance.now() - since) / 50));
        if (performance.now() - since > 2600) service.setStatus('success');
        return true;
      };
      await scripted.app.start();
      await until('an estimate', async () => (await scripted.job(number)).eta, 10_000);
      await scripted.manager.wait(number, { timeout: 20_000 });
      const seconds = (performance.now() - since) / 1000;
      expect(slices).toBeGreaterThan(20);
      expect(sent.filter((sql) => sql.includes('eta_at = CASE')).length).toBeLessThanOrEqual(seconds + 1);
    });

    test('is not known for a job of which only the count moves', async () => {
      await using scripted = await open();
      const number = await scripted.push('scripted');
      let slices = 0;
      script.slice = async (service, job) => {
        await sleep(400);
        service.advance(job.offset + 1);
        slices++;
        return true;
      };
      while (slices < 4) await scripted.loop.tick();
      expect(await scripted.job(number)).toMatchObject({
        ...{ progress: 0, eta: undefined, offset: 4, status: 'in_progress' },
        counts: { processed: 4, total: undefined },
      });
    });

    test('counts no time in which nobody works: a pause, "not now", another try later', async () => {
      await using scripted = await open({ beatMs: 60_000 });
      const number = await scripted.push('stubborn');
      script.slice = async (service, job) => {
        await sleep(300);
        service.advance(job.offset + 1, 10);
        return true;
      };
      await scripted.loop.tick();
      const before = await workMs(scripted, number);
      expect(before).toBeGreaterThanOrEqual(290);
      await scripted.manager.pause(number);
      await sleep(1500);
      await scripted.manager.resume(number);
      script.slice = () => false;
      await scripted.loop.tick();
      await sleep(1100);
      script.slice = () => {
        throw new Error('on purpose');
      };
      await until('it is due', async () => (await scripted.loop.tick()) > 0);
      await scripted.change(number, { due_at: (await scripted.row(number)).created_at });
      await sleep(500);
      expect(await workMs(scripted, number)).toBe(before);
      const since = performance.now();
      script.slice = (service, job) => {
        service.advance(job.offset + 1, 10);
        return true;
      };
      await scripted.loop.tick();
      expect(await scripted.job(number)).toMatchObject({ offset: 2, attempt: 2 });
      expect((await workMs(scripted, number)) - before).toBeLessThanOrEqual(performance.now() - since + 1);
    });

    test('costs a job of one short slice nothing', async () => {
      await using scripted = await open();
      const sent = updates();
      script.slice = (service) => {
        service.advance(1, 1);
        return true;
      };
      expect(await scripted.carried(await scripted.push())).toMatchObject({ status: 'success' });
      const records = sent.filter((sql) => sql.includes('write_id'));
      expect(records).toHaveLength(1);
      for (const word of ['eta_at', 'pace', 'phase']) expect(records[0]).not.toContain(word);
    });
  });

  test('1,000,000 reports in one slice are a write a beat at most, and the worker stays well', async () => {
    await using scripted = await open({ beatMs: 1000 });
    const store = scripted.app.container.get('jobStore');
    const beats = vi.spyOn(store, 'beat');
    const sent: string[] = [];
    const { change } = Database.prototype;
    const number = await scripted.push('scripted_run');
    let others = 0;
    script.run = async (_job, { report }) => {
      vi.spyOn(Database.prototype, 'change').mockImplementation(async function (this: Database, sql, ...more) {
        sent.push(sql);
        return change.call(this, sql, ...more);
      });
      for (let call = 1; call <= 1_000_000; call++) {
        report(call / 10_000, `at ${call}`);
        // Lets others run now and then, as a job that awaits its work does.
        if (call % 10_000 === 0) await sleep(10);
      }
      await until('another job has ended meanwhile', () => others > 0, 20_000);
    };
    script.slice = (service) => {
      service.advance(1, 1);
      others++;
      return true;
    };
    await scripted.app.start();
    await until('the reports', async () => (await scripted.job(number)).progress > 0, 20_000);
    await scripted.push();
    const job = await scripted.manager.wait(number, { timeout: 30_000 });
    expect(job).toMatchObject({ status: 'success', progress: 100, message: 'at 1000000' });
    expect(await scripted.row(number)).toMatchObject({
      lease_version: scripted.app.container.get('jobStore').tokenStep,
      crash_count: 0,
    });
    // What writes the progress of this job: its beats, and its record.
    const writes = sent.filter((sql) => sql.includes('progress = CASE') || sql.includes('write_id'));
    const ofOther = 1;
    expect(beats.mock.calls.length).toBeGreaterThan(0);
    expect(writes.length - ofOther).toBeLessThanOrEqual(beats.mock.calls.length + 1);
  }, 60_000);
}

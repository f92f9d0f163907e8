import { getEventListeners, setMaxListeners } from 'node:events';
import { type BootOptions, type Job, JobNotFoundError, type Pushed } from 'progress-manager';
import { expect, test, vi } from 'vitest';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';
import { bootForTests, TEST_MODULES } from '../support/boot-for-tests.js';
import { WorkerProcess } from '../support/worker-process.js';

const JOBS = 140;
const WAITS = 10_000;
const LATER = '2999-01-01T00:00:00Z';

/** Waits over a table that several processes write. */
export function waitSuite(database: () => { readonly databaseUrl: string }): void {
  test('10,000 waits miss no end: success, error, cancel and delete, here and in other processes', async () => {
    const options: Partial<BootOptions> = { ...database(), limit: 10, leaseMs: 30_000 };
    await using here = await openScripted(options);
    // Events of one core do not reach the other.
    await using there = await bootForTests(options);
    const other = there.app.container.get('progressManager');
    await using _worker = await WorkerProcess.start(TEST_MODULES, database().databaseUrl, here.filesDir);
    script.slice = (service, { name }) => {
      if (name === 'throws') throw new Error('on purpose');
      service.setStatus('success');
      return true;
    };
    // Until all wait, and both can work: the other process could have done all of it before.
    await here.manager.pauseType('scripted');
    const kinds = ['runs', 'throws', 'cancelled here', 'cancelled there', 'removed', 'deleted', 'flagged'] as const;
    const jobs = await here.manager.pushMany(
      Array.from({ length: JOBS }, (_, index) => {
        const name = kinds[index % kinds.length] ?? '';
        return { name, type: 'scripted', options: name === 'runs' || name === 'throws' ? {} : { runAt: LATER } };
      }),
    );
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    const waits = Array.from({ length: WAITS }, (_, index) =>
      here.manager.wait(jobs[index % JOBS]?.id ?? '', { timeout: 200_000, signal }),
    );
    const settled = Promise.allSettled(waits);
    await here.app.start();
    await here.manager.resumeType('scripted');
    const end = async ({ number }: Pushed, kind: string | undefined) => {
      const row = here.knex('progress_manager').where({ number });
      if (kind === 'cancelled here') await here.manager.cancel(number);
      if (kind === 'cancelled there' || kind === 'removed') await other.cancel(number);
      if (kind === 'removed') await other.remove(number);
      if (kind === 'deleted') await row.del();
      if (kind === 'flagged') await row.update({ deleted: 1 });
    };
    for (let from = 0; from < JOBS; from += kinds.length)
      await Promise.all(kinds.map((kind, index) => jobs[from + index] && end(jobs[from + index] as Pushed, kind)));
    const ends = await settled;
    const statuses = (kind: string) => {
      const of = ends.filter((_, index) => kinds[(index % JOBS) % kinds.length] === kind);
      return [...new Set(of.map((end) => (end.status === 'fulfilled' ? end.value.status : nameOf(end.reason))))].sort();
    };
    expect(Object.fromEntries(kinds.map((kind) => [kind, statuses(kind)]))).toEqual({
      runs: ['success'],
      // The other process knows nothing of this script.
      throws: expect.arrayContaining(['error']),
      'cancelled here': ['cancelled'],
      'cancelled there': ['cancelled'],
      // Whoever looks in between still sees how it ended.
      removed: expect.not.arrayContaining([expect.stringMatching(/Timeout|new|progress/)]),
      deleted: ['JobNotFoundError'],
      flagged: ['JobNotFoundError'],
    });
    expect(getEventListeners(signal, 'abort').length).toBe(0);
    // Nobody waits any more, so nobody looks.
    const looks = vi.spyOn(here.app.container.get('jobStore'), 'statuses');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(looks).not.toHaveBeenCalled();
    looks.mockRestore();
  }, 240_000);

  test('of several of which one is removed the others are given, once all have ended', async () => {
    await using scripted = await openScripted(database());
    const [gone, running, cancelled] = await Promise.all(
      [1, 2, 3].map(async () => scripted.manager.push('A job', 'scripted', {}, { runAt: LATER })),
    );
    const refs = [gone, running, cancelled].map((pushed) => pushed?.id ?? '');
    const waiting = scripted.manager.wait(refs, { timeout: 60_000 });
    let isSettled = false;
    const outcome = waiting.then(
      () => undefined,
      (error: JobNotFoundError) => error,
    );
    void outcome.then(() => {
      isSettled = true;
    });
    await scripted.knex('progress_manager').where({ id: refs[0] }).del();
    await scripted.manager.cancel(refs[2] ?? '');
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(isSettled).toBe(false);
    await scripted.manager.cancel(refs[1] ?? '');
    const error = await outcome;
    expect(error).toBeInstanceOf(JobNotFoundError);
    expect(error?.ref).toBe(refs[0]);
    expect(error?.others.map(({ id, status }: Job) => [id, status])).toEqual([
      [refs[1], 'cancelled'],
      [refs[2], 'cancelled'],
    ]);
  });

  test('a job that somebody lets try again at its end is waited for anew', async () => {
    await using scripted = await openScripted(database());
    const { id, number } = await scripted.manager.push('A job', 'scripted', {}, { runAt: LATER });
    const waiting = scripted.manager.wait(id, { timeout: 60_000 });
    const events = scripted.app.container.get('jobEvents');
    await new Promise((resolve) => setTimeout(resolve, 50));
    // The end is told, and when it is looked at the job is new again.
    events.emit('ended', id);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await scripted.manager.cancel(number);
    expect(await waiting).toMatchObject({ status: 'cancelled' });
  });
}

const nameOf = (reason: unknown) => (reason instanceof Error ? reason.name : String(reason));

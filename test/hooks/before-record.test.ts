import { AbstractProgressManager, type HookEvents, type JobContext, type ProgressJob } from 'progress-manager';
import { bootForTests } from 'progress-manager/testing';
import { describe, expect, test } from 'vitest';

type Told = HookEvents['beforeRecord'];

/** Three slices; with `writes` each in a transaction, with `fails` the third throws. */
class ThreeSlices extends AbstractProgressManager {
  async executeProgressJob({ offset, data }: ProgressJob, { write }: JobContext): Promise<boolean> {
    const { writes, fails } = data as { writes?: boolean; fails?: boolean };
    if (fails && offset === 2) throw new Error('the third is bad');
    this.setData({ ...(data as object), seen: offset + 1 });
    this.advance(offset + 1, 3);
    if (writes) write(async (transaction) => void (await transaction.raw('SELECT 1')));
    return true;
  }
}

async function open(beforeRecord: (told: Told) => void | Promise<void>) {
  const hook = { beforeRecord };
  return bootForTests({ modules: { slices: { type: { three: { service: ThreeSlices } } }, listener: { hook } } });
}

describe('the hook beforeRecord', () => {
  test('hears each slice as it will stand in the row, and the job as it still stands there', async () => {
    const heard: Told[] = [];
    await using kit = await open((told) => void heard.push(told));
    await kit.runJob('three', {});
    expect(heard.map(({ slice }) => slice)).toEqual([
      { status: 'in_progress', progress: 33.33, offset: 1, data: { seen: 1 } },
      { status: 'in_progress', progress: 66.67, offset: 2, data: { seen: 2 } },
      { status: 'success', progress: 100, offset: 3, data: { seen: 3 } },
    ]);
    expect(heard.map(({ job: { status, offset } }) => [status, offset])).toEqual([
      ['in_progress', 0],
      ['in_progress', 1],
      ['in_progress', 2],
    ]);
  });

  test('hears a slice with writes once, also when its transaction is repeated', async () => {
    const heard: Told[] = [];
    await using kit = await open((told) => void heard.push(told));
    const { job } = await kit.runJob('three', { writes: true }, { repeatWrites: true });
    expect(job.status).toBe('success');
    expect(heard.map(({ slice }) => slice.offset)).toEqual([1, 2, 3]);
  });

  test('hears the end of a job in error', async () => {
    const heard: Told[] = [];
    await using kit = await open((told) => void heard.push(told));
    await kit.runJob('three', { fails: true });
    expect(heard.at(-1)?.slice).toMatchObject({ status: 'error', progress: 66.67, offset: 2 });
  });

  test('is waited for by nobody, and what it throws changes nothing', async () => {
    await using waiting = await open(() => new Promise(() => undefined));
    expect((await waiting.runJob('three', { writes: true })).job.status).toBe('success');
    await using throwing = await open(() => {
      throw new Error('a bad listener');
    });
    expect((await throwing.runJob('three', { writes: true })).job.status).toBe('success');
    const told = throwing.logged.filter(({ message }) => message === 'a hook failed, which changes nothing');
    expect(told).toHaveLength(3);
  });

  test('may read the database from within: it holds up no transaction', async () => {
    const statuses: (string | undefined)[] = [];
    await using kit = await open(async ({ job: { number } }) => {
      statuses.push((await kit.progressManager.get(number))?.status);
    });
    expect((await kit.runJob('three', { writes: true })).job.status).toBe('success');
    expect(statuses).toHaveLength(3);
  });
});

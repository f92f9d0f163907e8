import { AbstractProgressManager, type Job, type ProgressJob } from 'progress-manager';
import { bootForTests, type TestBootOptions } from 'progress-manager/testing';
import { describe, expect, test } from 'vitest';
import { brokenConnection } from '../support/database-fault.js';

/** Of each slice that was performed, its offset. */
let performed: number[];

class ThreeSlices extends AbstractProgressManager {
  executeProgressJob({ offset }: ProgressJob): boolean {
    performed.push(offset);
    this.advance(offset + 1, 3);
    return true;
  }
}

const RETRIED = { service: ThreeSlices, retry: { attempts: 2, backoff: { firstMs: 1000 } } };

async function open(beforeSlice: (event: { readonly job: Job }) => void | Promise<void>, more: TestBootOptions = {}) {
  performed = [];
  const slices = { type: { three: { service: ThreeSlices }, retried: RETRIED } };
  return bootForTests({ modules: { slices, listener: { hook: { beforeSlice } } }, ...more });
}

describe('the hook beforeSlice', () => {
  test('is asked before each slice, with the job as the last one left it', async () => {
    const asked: [number, number][] = [];
    await using kit = await open(({ job: { offset } }) => void asked.push([offset, performed.length]));
    expect((await kit.runJob('three', {})).job.status).toBe('success');
    expect(asked).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  test('refuses by throwing: the slice is not performed, and the job ends in error with its words', async () => {
    await using kit = await open(async ({ job: { offset } }) => {
      if (offset === 1) throw new Error('The owner has left.');
    });
    const { job } = await kit.runJob('three', {});
    expect(job).toMatchObject({
      ...{ status: 'error', offset: 1, progress: 33.33 },
      error: { code: 'refused_by_hook', message: 'The owner has left.' },
    });
    expect(performed).toEqual([0]);
  });

  test('may be asked again, where the type tries again what throws', async () => {
    let refusals = 0;
    await using kit = await open(() => {
      if (refusals++ === 0) throw new Error('Not yet.');
    });
    const { job, slices } = await kit.runJob('retried', {});
    expect(job.status).toBe('success');
    expect(slices.map(({ outcome }) => outcome)).toEqual(['tried_again', 'recorded', 'recorded', 'recorded']);
  });

  test('that asks a database which is away holds the job back, and ends it not', async () => {
    let isAway = true;
    await using kit = await open(async () => {
      if (isAway) await brokenConnection();
    });
    const { number } = await kit.push('three', {});
    expect(await kit.app.container.get('loop').tick()).toBe(1);
    expect(await kit.progressManager.get(number)).toMatchObject({ status: 'in_progress', offset: 0, error: undefined });
    isAway = false;
    expect((await kit.carry(number)).job.status).toBe('success');
  });

  test('is cut with the slice when it takes too long', async () => {
    await using kit = await bootForTests({
      modules: {
        slices: { type: { brief: { service: ThreeSlices, maxSliceMs: 100 } } },
        listener: { hook: { beforeSlice: () => new Promise(() => undefined) } },
      },
      graceMs: 100,
    });
    expect((await kit.runJob('brief', {})).job.error?.code).toBe('too_long');
  });
});

test("whatever it throws refuses the slice; a push that a hook refuses within a slice is the job's own failure", async () => {
  const { InvalidInputError } = await import('progress-manager');
  const refusing = {
    beforeSlice: () => {
      throw new InvalidInputError('user', 'has left.');
    },
  };
  await using refused = await bootForTests({ modules: { a: { type: { work: { run: () => 1 } }, hook: refusing } } });
  expect((await refused.runJob('work')).job.error).toEqual({ code: 'refused_by_hook', message: 'user: has left.' });
  let push: () => Promise<unknown> = async () => undefined;
  const hook = {
    beforePush: ({ job }: { job: { name: string } }) => {
      if (job.name === 'Second') throw new Error('no more');
    },
  };
  await using pushing = await bootForTests({ modules: { a: { type: { work: { run: () => push() } }, hook } } });
  push = () => pushing.progressManager.push('Second', 'work');
  expect((await pushing.runJob('work')).job.error).toMatchObject({ code: 'failed' });
});

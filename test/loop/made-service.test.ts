import { AbstractProgressManager } from 'progress-manager';
import { bootForTests } from 'progress-manager/testing';
import { expect, test } from 'vitest';
import { madeService } from '../../core/loop/made-service.js';

let isBroken: boolean;

class Unmade extends AbstractProgressManager {
  constructor() {
    super();
    // A push makes the service once, to prepare the data.
    if (isBroken) throw new Error('There is no printer.');
  }

  executeProgressJob(): boolean {
    this.advance(1, 1);
    return true;
  }
}

class Other extends Unmade {
  constructor() {
    super();
    // biome-ignore lint/correctness/noConstructorReturn: what a module may do, and must not
    if (wants !== undefined) return wants as Other;
  }
}

let wants: unknown;

test.each([
  ['unmade', 'no_service', 'There is no printer.'],
  ['other', 'bad_service', 'The service of the type "other" has no method getStatus. Add it.'],
])('a job whose service is not there ends in error, and is done when it is back: %s', async (type, code, message) => {
  [isBroken, wants] = [false, undefined];
  await using kit = await bootForTests({
    modules: { broken: { type: { unmade: { service: Unmade }, other: { service: Other } } } },
  });
  const { number } = await kit.push(type);
  if (type === 'unmade') isBroken = true;
  else wants = { executeProgressJob: () => true, getProgress: () => 0 };
  const { job } = await kit.carry(number);
  expect(job).toMatchObject({ status: 'error', error: { code, message } });
  [isBroken, wants] = [false, undefined];
  await kit.progressManager.retry(number);
  expect((await kit.carry(number)).job.status).toBe('success');
});

test('a service that cannot be made keeps nobody from a push, unless it prepares the data', async () => {
  class Preparing extends Unmade {
    prepareData(data: unknown): unknown {
      return data;
    }
  }
  isBroken = true;
  await using kit = await bootForTests({
    modules: { broken: { type: { unmade: { service: Unmade }, preparing: { service: Preparing } } } },
  });
  const { number } = await kit.push('unmade');
  expect((await kit.carry(number)).job).toMatchObject({ status: 'error', error: { code: 'no_service' } });
  await expect(kit.push('preparing')).rejects.toThrow('There is no printer.');
  expect((await kit.progressManager.find()).total).toBe(1);
});

test.each([undefined, null, 7, 'text', {}])('%j is no service', (made) => {
  expect(() => madeService(() => made as never, 'odd')).toThrow('has no method executeProgressJob');
});

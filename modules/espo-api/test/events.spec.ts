import { expect, test } from 'vitest';
import { openEspo } from './open-espo.js';

test('scenario 4: T11: beforeUpdate hears each slice before the row has it, by plain names', async () => {
  await using at = await openEspo({
    slice: (service, { offset }) => {
      service.setData({ "it's": offset });
      service.advance(offset + 1, 3);
      return true;
    },
  });
  const { id } = await at.push('ann');
  const heard: unknown[] = [];
  const rows: Promise<string>[] = [];
  at.espo.on('beforeUpdate', (payload) => {
    heard.push(payload);
    rows.push(at.job(id).then(({ status, offset }) => `${status} ${offset}`));
    return false;
  });
  await at.kit.carry(id);
  const same = { id, type: 'export' };
  expect(heard).toEqual([
    { ...same, status: 'in_progress', progress: 33.33, data: `{"it's":0}` },
    { ...same, status: 'in_progress', progress: 66.67, data: `{"it's":1}` },
    { ...same, status: 'success', progress: 100, data: `{"it's":2}` },
  ]);
  expect(Object.keys(heard[0] as object)).toEqual(['id', 'type', 'status', 'progress', 'data']);
  expect(await Promise.all(rows)).toEqual(['in_progress 0', 'in_progress 1', 'in_progress 2']);
});

test('what a listener of beforeUpdate throws is logged, and changes nothing', async () => {
  await using at = await openEspo();
  at.espo.on('beforeUpdate', () => {
    throw new Error('a bad listener');
  });
  const { id } = await at.push('ann');
  expect((await at.kit.carry(id)).job.status).toBe('success');
  expect(at.kit.logged).toContainEqual(
    expect.objectContaining({ fields: expect.objectContaining({ module: 'espo-api', error: 'a bad listener' }) }),
  );
});

test('a listener of beforeCancel refuses by throwing, and the client is told why', async () => {
  await using at = await openEspo();
  const { id } = await at.push('ann');
  const heard: string[] = [];
  at.espo.on('beforeCancel', async () => {
    throw new Error('The books are being closed – wait.');
  });
  at.espo.on('beforeCancel', () => heard.push('second'));
  at.espo.on('afterCancel', () => heard.push('after'));
  const response = await at.send('ann', `PUT ProgressManager/${id}/cancel`);
  expect([response.status, response.headers.get('X-Status-Reason')]).toEqual([
    422,
    'The books are being closed ? wait.',
  ]);
  expect(await at.job(id)).toMatchObject({ status: 'new' });
  expect(heard).toEqual([]);
});

test('a reason that is longer than a header may be is cut', async () => {
  await using at = await openEspo();
  const { id } = await at.push('ann');
  at.espo.on('beforeCancel', () => {
    throw new Error(`First\nsecond ${'x'.repeat(5000)}`);
  });
  const response = await at.send('ann', `PUT ProgressManager/${id}/cancel`);
  expect(response.headers.get('X-Status-Reason')).toBe(`First?second ${'x'.repeat(987)}`);
});

test('close and other buttons are told to nobody', async () => {
  await using at = await openEspo();
  const heard: string[] = [];
  for (const event of ['beforeUpdate', 'beforeCancel', 'afterCancel'] as const)
    at.espo.on(event, () => heard.push(event));
  const { id } = await at.push('ann');
  await at.kit.progressManager.pause(id);
  await at.kit.progressManager.resume(id);
  await at.tick();
  await at.ask(200, 'ann', `PUT ProgressManager/${id}/close`);
  expect(heard).toEqual(['beforeUpdate']);
});

test('an event that there is not is refused, with those that there are', async () => {
  await using at = await openEspo();
  for (const event of ['afterUpdate', 'toString', '__proto__', ''])
    expect(() => at.espo.on(event as 'beforeUpdate', () => undefined)).toThrow(
      'event: must be one of beforeUpdate, beforeCancel, afterCancel.',
    );
});

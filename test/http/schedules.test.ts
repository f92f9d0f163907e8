import { describe, expect, test } from 'vitest';
import { openApplication } from './application.js';

describe('the schedules', () => {
  test('are listed for admins', async () => {
    await using application = await openApplication();
    expect(await application.expect(200, 'root', 'GET /api/schedules')).toEqual([
      {
        ...{ name: 'noon', module: 'note', type: 'note', cron: '0 12 * * *', inWords: 'At 12:00' },
        ...{ timeZone: 'Europe/Berlin', isPaused: false, isGone: false, last: null, error: null },
        next: Array.from({ length: 5 }, () => expect.stringMatching(/^\d{4}-\d\d-\d\dT1[01]:00:00\.000Z$/)),
      },
    ]);
  });

  test('are pushed by hand: 202 with the job', async () => {
    await using application = await openApplication();
    const response = await application.send('root', 'POST /api/schedules/noon/run');
    const job = (await response.json()) as { readonly id: string };
    expect([response.status, response.headers.get('Location')]).toEqual([202, `/api/jobs/${job.id}`]);
    expect(job).toMatchObject({ name: 'The note of noon', type: 'note', status: { key: 'new' }, userId: 'ann' });
  });

  test('are paused and resumed, as often as one likes', async () => {
    await using application = await openApplication();
    for (const [verb, isPaused] of [
      ['pause', true],
      ['pause', true],
      ['resume', false],
      ['resume', false],
    ] as const) {
      const schedule = await application.expect(200, 'root', `POST /api/schedules/noon/${verb}`);
      expect(schedule).toMatchObject({ name: 'noon', isPaused });
      expect(schedule.next).toHaveLength(isPaused ? 0 : 5);
    }
  });

  test.for(['GET /api/schedules', 'run', 'pause', 'resume'])('are for admins only: %s', async (what) => {
    await using application = await openApplication();
    const line = what.startsWith('GET') ? what : `POST /api/schedules/noon/${what}`;
    expect(await application.expect(403, 'ann', line)).toMatchObject({ code: 'forbidden' });
    // Whether there is one of that name is no business of theirs either.
    if (what !== line) await application.expect(403, 'ann', `POST /api/schedules/nope/${what}`);
    expect((await application.expect(200, 'root', 'GET /api/jobs')).total).toBe(0);
  });

  test.for(['run', 'pause', 'resume'])(
    'that there are not are 404, and what is not understood is 400: %s',
    async (verb) => {
      await using application = await openApplication();
      for (const name of ['nope', '__proto__', '%F0%9F%92%A5', `${'x'.repeat(3000)}`]) {
        expect(await application.expect(404, 'root', `POST /api/schedules/${name}/${verb}`)).toMatchObject({
          code: 'schedule_not_found',
        });
      }
      const body = { at: 'noon' };
      expect(await application.expect(400, 'root', `POST /api/schedules/noon/${verb}`, { body })).toMatchObject({
        field: 'at',
      });
      await application.expect(405, 'root', `GET /api/schedules/noon/${verb}`);
      await application.expect(404, 'root', `POST /api/schedules/noon/${verb}s`);
    },
  );
});

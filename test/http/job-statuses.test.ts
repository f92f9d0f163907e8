import { expect, test } from 'vitest';
import { openApplication } from './application.js';

test('jobs are told by what they were asked by, and the newest of each group', async () => {
  await using application = await openApplication();
  const first = await application.push('ann', { group: 'stock' });
  const second = await application.push('ann', { group: 'stock', isHidden: true });
  const other = await application.push('ann', { group: '__proto__' });
  const foreign = await application.push('ben', { group: 'stock' });
  const body = {
    jobs: [first.number, String(second.number), other.id, foreign.id, 999],
    groups: ['stock', '__proto__', 'nobody'],
  };
  const answer = await application.expect(200, 'ann', 'POST /api/jobs/status', { body });
  expect(Object.keys(answer.jobs)).toEqual([String(first.number), String(second.number), other.id]);
  expect(answer.jobs[other.id]).toEqual(
    (await application.expect(200, 'ann', 'GET /api/jobs')).list.find(({ id }: { id: string }) => id === other.id),
  );
  expect(Object.entries<{ id: string }>(answer.groups).map(([group, { id }]) => [group, id])).toEqual(
    expect.arrayContaining([
      ['stock', second.id],
      ['__proto__', other.id],
    ]),
  );
  expect(Object.keys(answer.groups)).toHaveLength(2);
});

test('asked for nothing it tells nothing', async () => {
  await using application = await openApplication();
  await application.push('ann');
  expect(await application.expect(200, 'ann', 'POST /api/jobs/status', { body: {} })).toEqual({ jobs: {}, groups: {} });
});

test.each([
  [{ jobs: ['x'] }, 'jobs: "x" is neither an id nor a number of a job.'],
  [{ jobs: 7 }, 'jobs'],
  [{ groups: [7] }, 'groups.0'],
  [{ jobs: Array.from({ length: 201 }, (_, index) => index + 1) }, 'jobs: may have 200 at most.'],
  [{ job: [1] }, 'job: is not known here.'],
])('what cannot be asked is refused: %j', async (body, words) => {
  await using application = await openApplication();
  const { detail } = await application.expect(400, 'ann', 'POST /api/jobs/status', { body });
  expect(detail).toContain(words);
});

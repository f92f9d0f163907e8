import { beforeAll, describe, expect, test } from 'vitest';
import { openApplication, type TestApplication } from './application.js';

const NOWHERE = '00000000-0000-7000-8000-000000000000';

describe('pressing an action', () => {
  test('answers with the job as it is then and what the action gave', async () => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    await application.work();
    const answer = await application.expect(200, 'ann', `POST /api/jobs/${id}/actions/shout`, { body: { loud: true } });
    expect(answer).toMatchObject({
      job: { id, status: { key: 'success' } },
      result: { input: { loud: true }, by: 'ann' },
    });
    expect(answer.job.actions).toContainEqual({ type: 'shout', label: 'Shout!', data: { number: answer.job.number } });
  });

  test('needs no body', async () => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    expect(await application.expect(200, 'ann', `POST /api/jobs/${id}/actions/cancel`)).toMatchObject({
      job: { status: { key: 'cancelled', translate: 'Cancelled' } },
    });
  });

  test('that the status does not offer is a conflict that says what it offers', async () => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    await application.expect(200, 'ann', `POST /api/jobs/${id}/actions/cancel`);
    expect(await application.expect(409, 'ann', `POST /api/jobs/${id}/actions/cancel`)).toMatchObject({
      code: 'action_not_offered',
      jobStatus: 'cancelled',
      offered: ['retry', 'close', 'run_again'],
    });
  });

  test.for(['nope', '__proto__', 'constructor', 'toString', '%00', '💥'])('%s does not exist', async (action) => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    expect(await application.expect(404, 'ann', `POST /api/jobs/${id}/actions/${action}`)).toMatchObject({
      code: 'unknown_action',
    });
  });

  test('that throws what is no error does not take the server down, and tells nothing', async () => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    const response = await application.send('ann', `POST /api/jobs/${id}/actions/throw_text`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('canary');
    expect(JSON.stringify(application.logged)).toContain('canary-thrown-text');
    await application.expect(200, 'ann', `GET /api/jobs/${id}`);
  });
});

describe('pressing an action on many jobs', () => {
  test('does what it can and says of each other one why not', async () => {
    await using application = await openApplication();
    const [first, second, foreign] = [
      await application.push('ann'),
      await application.push('ann'),
      await application.push('ben'),
    ];
    await application.expect(200, 'ann', `POST /api/jobs/${second.id}/actions/cancel`);
    const ids = [first.number, first.number, second.id, foreign.id, NOWHERE];
    expect(await application.expect(200, 'ann', 'POST /api/jobs/actions/cancel', { body: { ids } })).toEqual({
      done: 1,
      refused: [
        { id: second.id, code: 'action_not_offered' },
        { id: foreign.id, code: 'job_not_found' },
        { id: NOWHERE, code: 'job_not_found' },
      ],
      nextCursor: null,
    });
    expect(await application.expect(200, 'ben', `GET /api/jobs/${foreign.id}`)).toMatchObject({
      status: { key: 'new' },
    });
  });

  test('takes a filter, one page at a time', async () => {
    await using application = await openApplication();
    for (let pushed = 0; pushed < 3; pushed++) await application.push('ann');
    await application.push('ben');
    const press = (filter: object) =>
      application.expect(200, 'ann', 'POST /api/jobs/actions/cancel', { body: { filter } });
    const first = await press({ status: ['new'], limit: 2 });
    expect(first).toMatchObject({ done: 2, refused: [], nextCursor: expect.any(String) });
    expect(await press({ status: ['new'], limit: 2, cursor: first.nextCursor })).toMatchObject({
      done: 1,
      nextCursor: null,
    });
    expect((await application.expect(200, 'root', 'GET /api/jobs?status=new')).total).toBe(1);
  });

  test('of an unknown action is refused as a whole', async () => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    expect(await application.expect(404, 'ann', 'POST /api/jobs/actions/nope', { body: { ids: [id] } })).toMatchObject({
      code: 'unknown_action',
    });
  });

  let shared: TestApplication;

  beforeAll(async () => {
    shared = await openApplication();
    await shared.push('ann');
    return () => shared[Symbol.asyncDispose]();
  });

  test.for([
    {},
    { ids: [] },
    { ids: 'x' },
    { ids: [1.5] },
    { ids: [-1] },
    { ids: [{}] },
    { ids: [null] },
    { ids: Array.from({ length: 201 }, (_, index) => index + 1) },
    { ids: [1], filter: {} },
    { filter: [] },
    { filter: { status: 'new' } },
    { filter: { status: ['nope'] } },
    { filter: { limit: 201 } },
    { filter: { limit: 'x' } },
    { filter: { cursor: 'x' } },
    { filter: { deleted: 0 } },
    { filter: {}, input: {} },
    [],
    null,
    5,
  ])('is refused for %j', async (body) => {
    await shared.expect(400, 'ann', 'POST /api/jobs/actions/cancel', { body });
    expect((await shared.expect(200, 'ann', 'GET /api/jobs?status=new')).total).toBe(1);
  });
});

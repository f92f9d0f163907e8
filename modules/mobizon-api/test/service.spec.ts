import { afterEach, describe, expect, test, vi } from 'vitest';
import { openApplication, type TestApplication } from '../../../test/http/application.js';
import { moduleRoot } from '../../../test/support/module-root.js';

const CAMPAIGN = new URL('fixtures/campaign', import.meta.url);

async function open() {
  const root = await moduleRoot(['mobizon-api'], { campaign: CAMPAIGN });
  const application = await openApplication({ root: root.path });
  const close = application[Symbol.asyncDispose].bind(application);
  return Object.assign(application, {
    [Symbol.asyncDispose]: async () => {
      await close();
      await root[Symbol.asyncDispose]();
    },
  });
}

afterEach(() => void vi.unstubAllEnvs());

interface Call {
  readonly method?: string;
  readonly form?: string;
  readonly key?: string | undefined;
  readonly query?: string;
}

/** As the seed's curl calls; the answer with its HTTP status. */
async function call(application: TestApplication, path: string, { method = 'POST', form, key, query }: Call = {}) {
  const parameters = query ?? `output=json&api=v1&apiKey=${key ?? application.keys.ann}`;
  const response = await application.send('nobody', `${method} /service/${path}?${parameters}`, {
    headers: { 'cache-control': 'no-cache', 'content-type': 'application/x-www-form-urlencoded' },
    ...(form === undefined ? {} : { body: form }),
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    headers: response.headers,
    answer: text.startsWith('{') ? JSON.parse(text) : undefined,
  };
}

const GET_STATUS = 'taskqueue/getStatus';
const RECIPIENTS = 'recipients[]=1&recipients[]=2&recipients[]=3&recipients[]=4&recipients[]=5';

async function start(application: TestApplication, form = RECIPIENTS): Promise<number> {
  const { answer } = await call(application, 'campaign/addRecipients', { form });
  expect(answer).toEqual({ code: 100, data: expect.any(Number), message: '' });
  return answer.data;
}

const tick = (application: TestApplication) => application.app.container.get('loop').tick();
/** One slice, whatever else the loop would do. */
const UNBOUND = () => vi.stubEnv('MOBIZON_CALLS_PER_SECOND', '0');

describe('getStatus', () => {
  test('tells 0 before the start, 1 and percent while it runs, 2 and 100 when it is done', async () => {
    UNBOUND();
    await using application = await open();
    const id = await start(application);
    const status = async () => (await call(application, GET_STATUS, { form: `id=${id}` })).answer;
    expect(await status()).toEqual({ code: 0, data: { progress: 0, status: 0 }, message: '' });
    const loop = application.app.container.get('loop');
    await loop.tick();
    await loop.tick();
    expect(await status()).toEqual({ code: 0, data: { progress: 40, status: 1 }, message: '' });
    await application.work();
    expect(await status()).toEqual({ code: 0, data: { progress: 100, status: 2 }, message: '' });
  });

  test('tells 3 and the last percent of what failed or was cancelled, and of what is paused how it stood', async () => {
    UNBOUND();
    await using application = await open();
    const manager = application.app.container.get('progressManager');
    const statusOf = async (id: number) => (await call(application, GET_STATUS, { form: `id=${id}` })).answer.data;
    const failing = await start(application, `${RECIPIENTS}&failAt=2`);
    await application.work();
    expect(await statusOf(failing)).toEqual({ progress: 40, status: 3 });
    const other = await start(application);
    await manager.pause(other);
    expect(await statusOf(other)).toEqual({ progress: 0, status: 0 });
    await manager.resume(other);
    await tick(application);
    await manager.pause(other);
    expect(await statusOf(other)).toEqual({ progress: 20, status: 1 });
    await manager.cancel(other);
    expect(await statusOf(other)).toEqual({ progress: 20, status: 3 });
  });

  test('knows no difference between a task that is not there and one of somebody else', async () => {
    UNBOUND();
    await using application = await open();
    const id = await start(application);
    const missing = await call(application, GET_STATUS, { form: 'id=999999' });
    expect(missing.answer).toEqual({ code: 2, data: null, message: expect.stringMatching(/./) });
    const foreign = await call(application, GET_STATUS, { form: `id=${id}`, key: application.keys.ben });
    expect(foreign).toMatchObject({ status: missing.status, text: missing.text });
    for (const other of ['0', '-1', '9007199254740993', '9'.repeat(400)])
      expect((await call(application, GET_STATUS, { form: `id=${other}` })).answer.code).toBe(2);
  });

  test.each([undefined, '', 'id=', 'id=abc', 'id=1.5', 'id=1e3', 'id[]=1', 'ID=1', 'id=%00'])(
    'a missing or wrong id is 11: %s',
    async (form) => {
      await using application = await open();
      await start(application);
      const { status, answer } = await call(application, GET_STATUS, form === undefined ? {} : { form });
      expect(status).toBe(200);
      expect(answer).toEqual({ code: 11, data: null, message: expect.stringMatching(/id/) });
    },
  );

  test('is found in every spelling, with its parameters in any order, by form, query and JSON', async () => {
    UNBOUND();
    await using application = await open();
    const id = await start(application);
    const { ann } = application.keys;
    const expected = { code: 0, data: { progress: 0, status: 0 }, message: '' };
    for (const path of ['Taskqueue/GetStatus', 'taskqueue/getStatus', 'taskqueue/getstatus', 'TASKQUEUE/GETSTATUS'])
      expect((await call(application, path, { form: `id=${id}` })).answer).toEqual(expected);
    for (const query of [`apiKey=${ann}&output=json&api=v1`, `api=v1&apiKey=${ann}`, `apiKey=${ann}&output=JSON`])
      expect((await call(application, GET_STATUS, { form: `id=${id}`, query })).answer).toEqual(expected);
    for (const query of [`id=${id}&apiKey=${ann}&output=json`, `apiKey=${ann}&id=${id}`])
      expect((await call(application, GET_STATUS, { method: 'GET', query })).answer).toEqual(expected);
    const path = `POST /service/${GET_STATUS}?apiKey=${ann}`;
    for (const given of [id, String(id)])
      expect(await application.expect(200, 'nobody', path, { body: { id: given } })).toEqual(expected);
  });
});

describe('every answer is the envelope, with HTTP status 200', () => {
  test.each([
    ['a bad key', GET_STATUS, { key: 'x'.repeat(40), form: 'id=1' }, 8],
    ['an empty key', GET_STATUS, { key: '', form: 'id=1' }, 8],
    ['no key', GET_STATUS, { query: 'output=json', form: 'id=1' }, 8],
    ['a module that is not there', 'nope/getStatus', { form: 'id=1' }, 4],
    ['a method that is not there', 'taskqueue/nope', { form: 'id=1' }, 5],
    ['a method that its module has not', 'campaign/nope', {}, 5],
    ['no method', 'taskqueue', {}, 4],
    ['too much of a path', 'taskqueue/getStatus/1', {}, 4],
    ['parts of a path that are none', 'x%2f/%00', {}, 4],
    ['parameters that the type refuses', 'campaign/addRecipients', { form: 'a=1' }, 1],
    ['a call that begins something, by GET', 'campaign/addRecipients', { method: 'GET' }, 5],
    ['parameters that would reach a prototype', GET_STATUS, { form: '__proto__[a]=1' }, 1],
    ['a parameter nested too deep', GET_STATUS, { form: `id=1&a${'[b]'.repeat(30)}=1` }, 1],
    ['another verb', GET_STATUS, { method: 'PUT', form: 'id=1' }, 5],
    ['a verb that sounds like an end', GET_STATUS, { method: 'DELETE' }, 5],
    ['a verb that asks for verbs', GET_STATUS, { method: 'OPTIONS' }, 5],
  ])('%s', async (_, path, given, code) => {
    await using application = await open();
    const { status, answer } = await call(application, path, given);
    expect(status).toBe(200);
    expect(answer).toEqual({ code, data: code === 1 ? answer.data : null, message: expect.stringMatching(/./) });
  });

  test('another format is 6', async () => {
    await using application = await open();
    const query = `output=csv&apiKey=${application.keys.ann}`;
    const { status, answer } = await call(application, GET_STATUS, { form: 'id=1', query });
    expect([status, answer]).toEqual([200, { code: 6, data: null, message: 'output must be json or xml.' }]);
  });

  test('a body that is no form is 6, and one that is too large is 1', async () => {
    await using application = await open();
    const path = `POST /service/${GET_STATUS}?apiKey=${application.keys.ann}`;
    const text = { body: 'id=1', headers: { 'Content-Type': 'text/plain' } };
    const refused = await application.expect(200, 'nobody', path, text);
    expect(refused).toMatchObject({ code: 6, data: null });
    expect(refused.message).toContain('application/x-www-form-urlencoded" or "application/json"');
    expect((await call(application, GET_STATUS, { form: `id=${'1'.repeat(1_400_000)}` })).answer.code).toBe(1);
  });

  test('who sends no key that opens anything is told where one is looked for', async () => {
    await using application = await open();
    for (const given of [{ query: 'output=json' }, { key: 'x'.repeat(40) }])
      expect((await call(application, GET_STATUS, given)).answer.message).toContain('as "apiKey" in the query');
  });

  test('a parameter at fault is named in data', async () => {
    await using application = await open();
    const { answer } = await call(application, GET_STATUS, { form: 'a[constructor]=1' });
    expect(answer.data).toEqual({ constructor: answer.message });
  });
});

describe('XML', () => {
  test('holds code, data and message as children of its root', async () => {
    UNBOUND();
    await using application = await open();
    const id = await start(application);
    const xml = { query: `output=xml&apiKey=${application.keys.ann}` };
    const found = await call(application, GET_STATUS, { ...xml, form: `id=${id}` });
    expect(found.headers.get('Content-Type')).toBe('application/xml; charset=UTF-8');
    expect(found.text).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<response><code>0</code><data><progress>0</progress><status>0</status></data><message></message></response>',
    );
    const refused = await call(application, 'nope/x', xml);
    expect(refused.text).toContain(
      '<response><code>4</code><data></data><message>There is no such module.</message></response>',
    );
  });
});

describe('calls that begin a task', () => {
  test('answer 100 with an integer id, under an address that a module gives or that of the type', async () => {
    UNBOUND();
    await using application = await open();
    const manager = application.app.container.get('progressManager');
    for (const path of [
      'campaign/addRecipients',
      'Campaign/addrecipients',
      'addRecipients/start',
      'addrecipients/START',
    ]) {
      const { answer } = await call(application, path, { form: RECIPIENTS });
      expect(answer).toEqual({ code: 100, data: expect.any(Number), message: '' });
      const job = await manager.get(answer.data);
      expect(job).toMatchObject({
        type: 'addRecipients',
        userId: 'ann',
        data: { recipients: ['1', '2', '3', '4', '5'] },
      });
    }
  });

  test('are counted as calls of their caller', async () => {
    await using application = await open();
    const codes: number[] = [];
    for (let calls = 0; calls < 7; calls++)
      codes.push((await call(application, 'campaign/addRecipients', { form: RECIPIENTS })).answer.code);
    expect(codes).toEqual([100, 100, 100, 100, 100, 30, 30]);
    expect((await application.app.container.get('progressManager').find()).total).toBe(5);
  });
});

test('more than one call a second is 30, says when to come again, and changes nothing', async () => {
  await using application = await open();
  const id = await start(application);
  const calls = [];
  for (let count = 0; count < 10; count++) calls.push(await call(application, GET_STATUS, { form: `id=${id}` }));
  const codes = calls.map(({ answer }) => answer.code);
  expect(codes).toEqual([0, 0, 0, 0, 0, 30, 30, 30, 30, 30]);
  expect(calls.at(-1)?.answer).toEqual({ code: 30, data: null, message: expect.stringMatching(/./) });
  expect(calls.at(-1)?.headers.get('Retry-After')).toBe('1');
  // Another caller, and another method, have calls of their own.
  expect((await call(application, GET_STATUS, { form: `id=${id}`, key: application.keys.ben })).answer.code).toBe(2);
  await start(application);
});

test.each([
  ['2', 'at most 2 a second.'],
  ['1', 'at most 1 a second.'],
  ['0.25', 'at most one in 4 s.'],
])('a refusal says the bound that is set: %s', async (setting, words) => {
  vi.stubEnv('MOBIZON_CALLS_PER_SECOND', setting);
  await using application = await open();
  const answers = [];
  for (let count = 0; count < 8; count++) answers.push((await call(application, GET_STATUS, { form: 'id=1' })).answer);
  expect(answers.filter(({ code }) => code === 30).map(({ message }) => message)).toContain(`Too many calls: ${words}`);
});

test('the bound is a setting, and one that is none stops the start', async () => {
  vi.stubEnv('MOBIZON_CALLS_PER_SECOND', 'fast');
  await expect(open()).rejects.toThrow('MOBIZON_CALLS_PER_SECOND must be a number from 0 to 1000; it is "fast".');
});

test('the key stands in no answer and no log, whatever goes wrong', async () => {
  UNBOUND();
  await using application = await open();
  const { ann } = application.keys;
  const id = await start(application);
  const said: string[] = [];
  const hear = async (path: string, given: Call = {}) => {
    const { text, headers } = await call(application, path, given);
    said.push(text, JSON.stringify([...headers]));
  };
  for (const path of [GET_STATUS, 'nope/x', 'taskqueue/nope', 'x', ann, `${ann}/${ann}`])
    await hear(path, { form: `id=${id}` });
  await hear(GET_STATUS, { query: `output=${ann}&apiKey=${ann}` });
  await hear(GET_STATUS, { method: 'GET', query: `id=${ann}&apiKey=${ann}` });
  await application.app.container.get('knex').schema.renameTable('progress_manager', 'gone');
  await hear(GET_STATUS, { form: `id=${id}` });
  await hear('campaign/addRecipients', { form: RECIPIENTS });
  expect(application.logged.length).toBeGreaterThan(0);
  expect(said.join() + JSON.stringify(application.logged)).not.toContain(ann);
  expect(JSON.parse(said.at(-2) ?? '')).toMatchObject({ code: expect.any(Number), data: null });
});

test('parameters in the query are data of the job too, and the body wins', async () => {
  UNBOUND();
  await using application = await open();
  const manager = application.app.container.get('progressManager');
  const dataOf = async (query: string, form?: string) => {
    const { answer } = await call(application, 'campaign/addRecipients', {
      query: `${query}&apiKey=${application.keys.ann}`,
      ...(form !== undefined && { form }),
    });
    return (await manager.get(answer.data))?.data;
  };
  expect(await dataOf('recipients[]=1&recipients[]=2')).toEqual({ recipients: ['1', '2'] });
  expect(await dataOf('failAt=7', 'recipients[]=1')).toEqual({ recipients: ['1'], failAt: '7' });
  expect(await dataOf('failAt=7&recipients[]=1&recipients[]=2', 'recipients[]=3')).toEqual({
    recipients: ['3'],
    failAt: '7',
  });
});

test('what a call says of itself is no data of the job, wherever and however it is written', async () => {
  await using application = await open();
  const { ann } = application.keys;
  const own = `apiKey=${ann}&output=json&api=v1`;
  const written = `${own}&APIKEY=${ann}&apikey[]=${ann}&apiKey[x]=${ann}&Output=json&API=v2`;
  const query = `${own}&apikey=${ann}&APIKEY[]=${ann}&OUTPUT=json`;
  const { answer } = await call(application, 'campaign/addRecipients', { form: `${RECIPIENTS}&${written}`, query });
  const { data } = (await application.app.container.get('progressManager').get(answer.data)) ?? {};
  expect(data).toEqual({ recipients: ['1', '2', '3', '4', '5'] });
});

test('of two modules that give one call in different letter case none starts', async () => {
  await using root = await moduleRoot(
    ['mobizon-api'],
    { campaign: CAMPAIGN },
    {
      'modules/zoo/configs/progress-manager.ts':
        "export default { type: { other: { run: () => 1 } }, extension: { mobizonCall: { 'Campaign/AddRecipients': 'other' } } };",
    },
  );
  await expect(openApplication({ root: root.path })).rejects.toThrow('is there twice');
});

test('elsewhere a key in the query opens nothing', async () => {
  await using application = await open();
  await application.expect(401, 'nobody', `GET /api/jobs?apiKey=${application.keys.ann}`);
});

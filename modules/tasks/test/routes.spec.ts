import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApplication, type TestApplication } from '../../../test/http/application.js';
import { EXE, XLSX } from './spreadsheets.js';
import { taskRoot } from './task-root.js';

let root: Awaited<ReturnType<typeof taskRoot>>;
beforeAll(async () => {
  root = await taskRoot();
});
afterAll(() => root[Symbol.asyncDispose]());

const TIF = 'App\\Services\\TIF';
const AT = '/apidaebundle/taches';
const SECRET_KEY = `2026:${Buffer.alloc(32, 'k').toString('base64')}`;
const ANN = { user: { id: 'ann', isAdmin: false } };
const NOT_FOUND = { code: 404 };

const open = () => openApplication({ root: root.path, secretKeys: [SECRET_KEY] });
const tasksOf = ({ app }: TestApplication) => app.container.get('tasks');

async function upload(application: TestApplication, name: string, body: Uint8Array): Promise<string> {
  const { file } = await application.expect(201, 'ann', `PUT /api/files?name=${encodeURIComponent(name)}`, { body });
  return file.id;
}

test('a task is shown to its owner and to admins; to others it is not there', async () => {
  await using application = await open();
  const id = await tasksOf(application).add({ method: `${TIF}:says`, parameters: { source: 'x' } }, ANN);
  for (const path of ['status', 'result', 'tache']) {
    for (const who of ['ann', 'root'] as const)
      expect(await application.expect(200, who, `GET ${AT}/${path}/${id}?_format=json`)).toMatchObject({
        ...{ id, userEmail: 'ann', status: 'TO_RUN', parametres: { source: 'x' } },
      });
    expect(await application.expect(404, 'ben', `GET ${AT}/${path}/${id}`)).toEqual(NOT_FOUND);
    for (const none of ['99', '0', '-1', 'x', '1e3', '1.5'])
      expect(await application.expect(404, 'ann', `GET ${AT}/${path}/${none}`)).toEqual(NOT_FOUND);
    await application.expect(401, 'nobody', `GET ${AT}/${path}/${id}`);
  }
});

test('mestaches lists what is the caller’s, also for an admin; manager lists all, for admins', async () => {
  await using application = await open();
  const id = await tasksOf(application).add({ method: `${TIF}:says` }, ANN);
  const other = await tasksOf(application).add({ method: `${TIF}:says`, userEmail: 'root' });
  const listed = async (who: 'ann' | 'ben' | 'root', path: string) =>
    (await application.expect(200, who, `GET ${AT}/${path}`)).taches.map((task: { id: number }) => task.id);
  expect(await listed('ann', 'mestaches')).toEqual([id]);
  expect(await listed('ben', 'mestaches')).toEqual([]);
  expect(await listed('root', 'mestaches')).toEqual([other]);
  expect(await listed('root', 'manager')).toEqual([other, id]);
  expect(await application.expect(403, 'ann', `GET ${AT}/manager`)).toEqual({ code: 403 });
});

test('an uploaded file is given back to its owner byte for byte; others are refused', async () => {
  await using application = await open();
  const file = await upload(application, 'mon fichier été.xlsx', XLSX);
  const id = await tasksOf(application).add({ method: `${TIF}:reads`, file }, ANN);
  expect(await application.expect(200, 'ann', `GET ${AT}/status/${id}`)).toMatchObject({
    fichier: 'mon-fichier-ete.xlsx',
  });
  const response = await application.send('ann', `GET ${AT}/download/${id}`);
  expect(response.headers.get('Content-Disposition')).toContain('attachment; filename="mon-fichier-ete.xlsx"');
  expect(Buffer.from(await response.arrayBuffer())).toEqual(XLSX);
  const part = await application.send('ann', `GET ${AT}/download/${id}`, { headers: { Range: 'bytes=0-1' } });
  expect([part.status, await part.text()]).toEqual([206, 'PK']);
  expect(await application.expect(403, 'ben', `GET ${AT}/download/${id}`)).toEqual({ code: 403 });
  expect(await application.expect(404, 'ben', `GET ${AT}/download/99`)).toEqual(NOT_FOUND);
  await application.expect(401, 'nobody', `GET ${AT}/download/${id}`);
});

test('a program that is called .xlsx is refused with a clear sentence, and leaves no task', async () => {
  await using application = await open();
  const file = await upload(application, 'a.xlsx', EXE);
  const data = { method: `${TIF}:reads`, parametres: {} };
  const push = { body: { name: 'A', type: 'task', data, files: [file] } };
  expect(await application.expect(422, 'ann', 'POST /api/jobs', push)).toMatchObject({
    ...{ code: 'file_refused', detail: '"a.xlsx" is no .xlsx or .ods file by its name and its content.' },
  });
  expect(await application.expect(200, 'ann', `GET ${AT}/mestaches`)).toEqual({ taches: [] });
  expect(await application.expect(400, 'ann', 'PUT /api/files?name=..%2F..%2Fx.xlsx', { body: XLSX })).toMatchObject({
    code: 'invalid_input',
  });
});

test('statusBy gives tasks by ids, and the newest by signature; none is 404', async () => {
  await using application = await open();
  const add = (signature: string) => tasksOf(application).add({ method: `${TIF}:says`, signature }, ANN);
  const [older, newer, other] = [await add('s1'), await add('s1'), await add('s 2')];
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const asked = async (body: unknown, who: 'ann' | 'ben' = 'ann') => {
    const sending = typeof body === 'string' ? { body, headers } : { body };
    return (await application.expect(200, who, `POST ${AT}/statusBy`, sending)).taches.map(
      (task: { id: number }) => task.id,
    );
  };
  expect(await asked('signatures[]=s1')).toEqual([newer]);
  expect(await asked('signatures%5B%5D=s1&signatures%5B%5D=s+2')).toEqual([other, newer]);
  expect(await asked(`ids[]=${older}&ids[]=99&ids[]=x`)).toEqual([older]);
  expect(await asked(`id=${older}&signature=s1`)).toEqual([older, newer]);
  expect(await asked({ ids: [older, newer], signatures: ['s 2'] })).toEqual([newer, older, other]);
  expect(await asked({ id: older, signature: 's1' })).toEqual([older, newer]);
  expect(await asked({ id: newer, signature: 's1' })).toEqual([newer]);
  const [shown] = (await application.expect(200, 'ann', `POST ${AT}/statusBy`, { body: { id: older } })).taches;
  expect(shown).toMatchObject({ status_html: expect.stringContaining('En attente'), result_html: null });
  for (const nothing of ['signatures[]=none', 'id=99', { ids: ['x'] }, {}, undefined])
    expect(
      await application.expect(
        404,
        'ann',
        `POST ${AT}/statusBy`,
        typeof nothing === 'string' ? { body: nothing, headers } : { body: nothing },
      ),
    ).toEqual(NOT_FOUND);
  expect(
    await application.expect(404, 'ben', `POST ${AT}/statusBy`, { body: { ids: [older], signatures: ['s1'] } }),
  ).toEqual(NOT_FOUND);
});

test.each([
  ['no JSON', '{', 'application/json', 400],
  ['a list', '[]', 'application/json', 400],
  ['another type', 'ids', 'text/plain', 415],
  ['201 ids', JSON.stringify({ ids: Array.from({ length: 201 }, (_, at) => at + 1) }), 'application/json', 400],
])('statusBy with %s is refused, and nothing breaks', async (_, body, type, status) => {
  await using application = await open();
  await application.expect(status, 'ann', `POST ${AT}/statusBy`, { body, headers: { 'Content-Type': type } });
  expect(application.logged.filter(({ fields }) => 'error' in fields)).toEqual([]);
});

test('changes are made by POST: start, stop, cancelRunning and delete', async () => {
  await using application = await open();
  const id = await tasksOf(application).add({ method: `${TIF}:throws` }, ANN);
  expect(await application.expect(200, 'ann', `POST ${AT}/stop/${id}`)).toEqual({
    error: "La tâche n'est pas en état [RUNNING], mais [TO_RUN]",
  });
  expect(await application.expect(200, 'ben', `POST ${AT}/cancelRunning`)).toEqual({ ids: [] });
  expect(await application.expect(200, 'ann', `POST ${AT}/cancelRunning`)).toEqual({ ids: [id] });
  expect(await application.expect(404, 'ben', `POST ${AT}/start/${id}`)).toEqual(NOT_FOUND);
  expect(await application.expect(200, 'ann', `POST ${AT}/start/${id}`)).toEqual({ id, startdate: null });
  await application.work();
  expect(await application.expect(200, 'ann', `GET ${AT}/status/${id}`)).toMatchObject({ status: 'FAILED' });
  expect(await application.expect(404, 'ben', `POST ${AT}/stop/${id}`)).toEqual(NOT_FOUND);
  expect(await application.expect(403, 'ben', `POST ${AT}/delete/${id}`)).toEqual({ code: 403 });
  expect(await application.expect(404, 'ben', `POST ${AT}/delete/99`)).toEqual(NOT_FOUND);
  expect(await application.expect(200, 'ann', `POST ${AT}/delete/${id}`)).toEqual({ code: 'SUCCESS' });
  expect(await application.expect(404, 'ann', `GET ${AT}/status/${id}`)).toEqual(NOT_FOUND);
  for (const path of ['start', 'stop', 'delete'])
    expect((await application.send('ann', `GET ${AT}/${path}/${id}`)).status).toBe(405);
});

test('a task that succeeded is not started anew, and says why', async () => {
  await using application = await open();
  const id = await tasksOf(application).add({ method: `${TIF}:says` }, ANN);
  await application.work();
  expect(await application.expect(409, 'ann', `POST ${AT}/start/${id}`)).toMatchObject({ code: 'action_not_offered' });
});

test('no answer holds the value of a hidden parameter, not even to its owner or an admin', async () => {
  await using application = await open();
  const id = await tasksOf(application).add(
    { method: `${TIF}:reveals`, secretParameters: { token: 'S3CRET' }, signature: 's' },
    ANN,
  );
  await application.work();
  for (const who of ['ann', 'ben', 'root'] as const) {
    const jobs = ['/api/jobs', `/api/jobs/${id}`, `/api/jobs/${id}/log`, `/api/jobs/${id}/messages`];
    const own = ['mestaches', 'manager', `status/${id}`, `result/${id}`].map((path) => `${AT}/${path}`);
    for (const path of [...jobs, ...own])
      expect(await (await application.send(who, `GET ${path}`)).text()).not.toContain('S3CRET');
    const found = await application.send(who, `POST ${AT}/statusBy`, { body: { ids: [id], signatures: ['s'] } });
    expect(await found.text()).not.toContain('S3CRET');
  }
  expect(await application.expect(200, 'ann', `GET ${AT}/status/${id}`)).toMatchObject({
    ...{ status: 'COMPLETED', parametresCaches: { token: '[secret]' }, result: { length: 6 } },
  });
  expect(JSON.stringify(application.logged)).not.toContain('S3CRET');
});

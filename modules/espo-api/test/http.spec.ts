import { expect, test } from 'vitest';
import { openEspo } from './open-espo.js';

const basic = (text: string) => Buffer.from(text).toString('base64');

test('a key may stand where clients of EspoCRM put it', async () => {
  await using at = await openEspo();
  const { ann } = at.keys;
  const status = async (headers: Readonly<Record<string, string>>) =>
    (await at.send('nobody', 'GET ProgressManager/popupData', undefined, headers)).status;
  const good: Readonly<Record<string, string>>[] = [
    { 'X-Api-Key': ann },
    { 'Espo-Authorization': basic(`ann:${ann}`) },
    { Authorization: `Basic ${basic(`ann:${ann}`)}` },
    { Authorization: `Bearer ${ann}` },
    { 'X-Api-Key': ann, 'Espo-Authorization': basic('ann:wrong') },
  ];
  const bad: Readonly<Record<string, string>>[] = [
    {},
    { 'X-Api-Key': '' },
    { 'X-Api-Key': `${ann}x` },
    { 'X-Api-Key': 'wrong', Authorization: `Bearer ${ann}` },
    { 'Espo-Authorization': '' },
    { 'Espo-Authorization': basic(`${ann}:ann`) },
    { 'Espo-Authorization': '%%%' },
    { 'Espo-Authorization': basic(`${ann}`) },
    { Authorization: 'Basic' },
    { Authorization: `Digest ${ann}` },
  ];
  expect(await Promise.all(good.map(status))).toEqual(good.map(() => 200));
  expect(await Promise.all(bad.map(status))).toEqual(bad.map(() => 401));
});

test.each([
  ['POST ProgressManager/popupData', 'verb: must be GET.'],
  ['PUT ProgressManager/isShowPopup', 'verb: must be GET.'],
  ['GET ProgressManager/popupShowed', 'verb: must be POST.'],
  ['GET ProgressManager/ID/cancel', 'verb: must be PUT.'],
  ['POST ProgressManager/ID/close', 'verb: must be PUT.'],
  ['DELETE ProgressManager/ID/cancel', 'verb: must be PUT.'],
  ['PUT ProgressManager//cancel', 'id: must not be empty.'],
  ['PUT ProgressManager/cancel', 'id: must not be empty.'],
  ['PUT ProgressManager//close', 'id: must not be empty.'],
  ['POST Notification', 'verb: must be GET.'],
  ['POST Notification/action/notReadCount', 'verb: must be GET.'],
  ['GET Notification/action/markAllRead', 'verb: must be POST.'],
  ['GET ProgressManager/popupData?maxSize=0', 'maxSize: must be a whole number from 1 to 200.'],
  ['GET ProgressManager/popupData?maxSize=201', 'maxSize: must be a whole number from 1 to 200.'],
  ['GET ProgressManager/popupData?maxSize=-5', 'maxSize: must be a whole number from 1 to 200.'],
  ['GET ProgressManager/popupData?maxSize=1.5', 'maxSize: must be a whole number from 1 to 200.'],
  ['GET ProgressManager/popupData?maxSize=all', 'maxSize: must be a whole number from 1 to 200.'],
  ['GET Notification?maxSize=1e9', 'maxSize: must be a whole number from 1 to 200.'],
])('%s is 400: %s', async (line, detail) => {
  await using at = await openEspo();
  const { id } = await at.push('ann');
  const response = await at.send('ann', line.replace('ID', id));
  expect([response.status, response.headers.get('X-Status-Reason')]).toEqual([400, detail]);
  expect(await response.json()).toMatchObject({ status: 400, detail, requestId: expect.any(String) });
  expect(await at.job(id)).toMatchObject({ status: 'new', revision: 0 });
});

test.each<[string, number]>([
  ['{}', 400],
  ['{"userId":""}', 400],
  ['{"userId":null}', 400],
  ['{"userId":5}', 400],
  ['{"userId":["ann"]}', 400],
  ['[]', 400],
  ['{"userId":"ann"', 400],
  ['', 400],
  ['{"userId":"ANN"}', 403],
])('popupShowed with %s is %i, and the popup is still to come', async (body, status) => {
  await using at = await openEspo();
  await at.push('ann');
  await at.ask(status, 'ann', 'POST ProgressManager/popupShowed', body);
  expect(await at.ask(200, 'ann', 'GET ProgressManager/isShowPopup')).toBe(true);
});

test('a body that is too large is refused', async () => {
  await using at = await openEspo();
  const body = { userId: 'ann', more: 'x'.repeat(2_000_000) };
  await at.ask(413, 'ann', 'POST ProgressManager/popupShowed', body);
});

test('an address that there is not is 404 for who is known, and 401 for others', async () => {
  await using at = await openEspo();
  for (const path of ['ProgressManager', 'ProgressManager/nonsense', 'Notification/action/nonsense']) {
    const response = await at.send('ann', `GET ${path}`);
    expect([path, response.status]).toEqual([path, 404]);
    expect(response.headers.get('X-Status-Reason')).toBe('There is nothing at this address.');
    expect([path, (await at.send('nobody', `GET ${path}`)).status]).toEqual([path, 401]);
  }
});

test('what breaks inside is told to the log, and to the client only that it did', async () => {
  await using at = await openEspo();
  await at.kit.knex.schema.dropTable('espo_popup');
  const response = await at.send('ann', 'GET ProgressManager/isShowPopup');
  expect([response.status, response.headers.get('X-Status-Reason')]).toEqual([
    500,
    'Something went wrong on our side. The log has the details under this request id.',
  ]);
  expect(await response.text()).not.toContain('espo_popup');
});

test('a browser with a session is believed on pages of this address only', async () => {
  await using at = await openEspo();
  const { handler } = at.kit.app;
  const body = JSON.stringify({ key: at.keys.ann });
  const headers = { 'Content-Type': 'application/json' };
  const session = await handler(new Request('http://crm.example/api/session', { method: 'POST', body, headers }));
  const Cookie = String(session.headers.get('Set-Cookie')).split(';')[0] as string;
  const { id } = await at.push('ann');
  const press = (site: string) =>
    at.send('nobody', `PUT ProgressManager/${id}/cancel`, undefined, { Cookie, 'Sec-Fetch-Site': site });
  expect([(await press('cross-site')).status, (await press('same-origin')).status]).toEqual([403, 200]);
});

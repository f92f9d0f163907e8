import { expect, test } from 'vitest';
import { attachment } from '../../core/http/content-disposition.js';

test.for([
  ['places.csv', `attachment; filename="places.csv"; filename*=UTF-8''places.csv`],
  ['Zürich 💥.csv', `attachment; filename="Z_rich __.csv"; filename*=UTF-8''Z%C3%BCrich%20%F0%9F%92%A5.csv`],
  ['a"b\\c.csv', `attachment; filename="a_b_c.csv"; filename*=UTF-8''a%22b%5Cc.csv`],
  ['x;filename=evil.exe', `attachment; filename="x_filename=evil.exe"; filename*=UTF-8''x%3Bfilename%3Devil.exe`],
  ["it's (1)*.csv", `attachment; filename="it's (1)*.csv"; filename*=UTF-8''it%27s%20%281%29%2A.csv`],
  ['../../etc/passwd', `attachment; filename=".._.._etc_passwd"; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd`],
  ['a\r\nSet-Cookie: x=1', `attachment; filename="a__Set-Cookie: x=1"; filename*=UTF-8''a__Set-Cookie%3A%20x%3D1`],
  ['photo\u202egnp.exe', `attachment; filename="photo_gnp.exe"; filename*=UTF-8''photo_gnp.exe`],
  ['lone\ud800.csv', `attachment; filename="lone_.csv"; filename*=UTF-8''lone_.csv`],
  ['50%.csv', `attachment; filename="50_.csv"; filename*=UTF-8''50%25.csv`],
] as const)('%j is saved under its own name and nothing else', ([name, header]) => {
  expect(attachment(name)).toBe(header);
  expect(new Headers({ 'Content-Disposition': attachment(name) }).get('Content-Disposition')).toBe(header);
});

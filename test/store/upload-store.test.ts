import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { APPLICATION } from '../../core/contracts/user.js';
import { FileFolder } from '../../core/store/file-folder.js';
import { UploadStore } from '../../core/store/upload-store.js';
import { StoreUnderTest } from './contract/store-under-test.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const at = new StoreUnderTest();
let folder: string;
let uploads: UploadStore;

beforeAll(async () => {
  await at.open(async () => ({ url: 'sqlite::memory:', [Symbol.asyncDispose]: async () => undefined }));
});
afterAll(() => at.close());
beforeEach(async () => {
  await at.empty();
  await at.database.knex('progress_upload').delete();
  folder = await mkdtemp(join(tmpdir(), 'pm-uploads-'));
  uploads = new UploadStore(at.database, new FileFolder(folder), 1000);
  return () => rm(folder, { recursive: true, force: true });
});

const add = (name: string) => uploads.add(name, (async function* () {})(), APPLICATION);
const kept = async () => (await readdir(join(folder, 'uploads'))).sort();

test('an upload that a job has is not removed like one that nobody named', async () => {
  const [used, unused] = [await add('used.csv'), await add('unused.csv')];
  await at.push({ inputs: [used] });
  await uploads.remove(used.id);
  await uploads.remove(unused.id);
  expect(await kept()).toEqual([used.id]);
  expect(await at.database.knex('progress_upload').pluck('id')).toEqual([used.id]);
  await expect(uploads.find([used.id], APPLICATION), 'for a second job').rejects.toMatchObject({
    code: 'file_refused',
  });
});

test('after a while those are removed that nobody named, and they are counted', async () => {
  const [used, old] = [await add('used.csv'), await add('old.csv')];
  await at.push({ inputs: [used] });
  at.pass(2 * DAY_MS);
  const fresh = await add('fresh.csv');
  expect(await uploads.removeUnused(DAY_MS)).toBe(1);
  expect(await kept()).toEqual([used.id, fresh.id].sort());
  expect(await uploads.find([fresh.id], APPLICATION)).toMatchObject([{ name: 'fresh.csv' }]);
  await expect(uploads.find([old.id], APPLICATION)).rejects.toMatchObject({ code: 'file_refused' });
});

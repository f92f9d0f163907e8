import { existsSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BootOptions } from 'progress-manager';
import { describe, expect, test, vi } from 'vitest';
import { script } from '../fixtures/scripted/open-scripted.js';
import { shareScripted } from '../fixtures/scripted/share-scripted.js';
import { until } from '../support/until.js';

const OLD = '2020-01-01 00:00:00.000';

/** What pruning takes, and what it leaves. */
export function pruningSuite(database: () => Partial<BootOptions>): void {
  const open = shareScripted(database);

  describe('pruning', () => {
    test('takes finished jobs by age and status, and no other', async () => {
      await using scripted = await open();
      const states = ['new', 'in_progress', 'paused', 'success', 'error', 'cancelled'];
      const old: number[] = [];
      for (const status of states) {
        old.push(await scripted.push());
        await scripted.change(old.at(-1) as number, { status, finished_at: OLD, due_at: null });
      }
      const fresh = await scripted.push();
      await scripted.manager.cancel(fresh);
      const left = async () =>
        scripted
          .knex('progress_manager')
          .orderBy('number')
          .pluck('number')
          .then((all) => all.map(Number));
      expect(await scripted.manager.prune({ days: 30, statuses: ['error'] })).toMatchObject({ jobs: 1 });
      expect(await left()).toEqual([...old.filter((_, index) => index !== 4), fresh]);
      expect(await scripted.manager.prune({ days: 30 })).toMatchObject({ jobs: 2 });
      expect(await left()).toEqual([...old.slice(0, 3), fresh]);
      expect(await scripted.manager.prune({ days: 0 })).toMatchObject({ jobs: 1 });
      expect(await scripted.manager.prune({ days: 0 })).toMatchObject({ jobs: 0 });
    });

    test('goes on in batches until all are gone', async () => {
      await using scripted = await open();
      const rows = Array.from({ length: 1203 }, () => ({
        ...{ id: crypto.randomUUID(), name: 'Old', type: 'scripted', status: 'success', data: '{}' },
        ...{ created_at: OLD, modified_at: OLD, finished_at: OLD },
      }));
      await scripted.knex.batchInsert('progress_manager', rows, 50);
      expect(await scripted.manager.prune({ days: 1 })).toMatchObject({ jobs: 1203 });
    });

    test('takes old notifications in batches with pauses, in which a signal ends it', async () => {
      await using scripted = await open();
      const { knex } = scripted;
      const rows = Array.from({ length: 1203 }, (_, index) => ({
        ...{ user_id: 'ann', job_id: crypto.randomUUID(), end_version: 1, job_number: index + 1, job_name: 'Old' },
        ...{ job_type: 'scripted', status: 'success', created_at: OLD },
      }));
      await knex('progress_telling').delete();
      await knex('progress_telling').insert({ name: 'notification', looked_until: '2021-01-01 00:00:00.000' });
      await knex('progress_notification').delete();
      await knex.batchInsert('progress_notification', rows, 50);
      const left = async () => Number((await knex('progress_notification').count({ count: '*' }))[0]?.count);
      const stop = new AbortController();
      const pruning = scripted.manager.prune({ days: 1, signal: stop.signal });
      await until('a batch that is gone', async () => (await left()) < 1203);
      stop.abort();
      await expect(pruning).rejects.toThrow('abort');
      expect(await left()).toBeGreaterThan(0);
      await scripted.manager.prune({ days: 1 });
      expect(await left()).toBe(0);
    });

    test('takes the files of a job along: what it read and what it wrote', async () => {
      await using scripted = await open();
      const upload = await scripted.manager.upload('a.csv', (async function* () {})());
      script.slice = async (service, _job, { files }) => {
        await files.append('out.txt', 'x');
        service.advance(1, 1);
        return true;
      };
      const number = await scripted.push('scripted', { files: [upload.id] });
      const { id, outputs } = await scripted.carried(number);
      expect(outputs).toHaveLength(1);
      expect(existsSync(join(scripted.filesDir, 'jobs', id))).toBe(true);
      await scripted.manager.prune({ days: 0 });
      expect(existsSync(join(scripted.filesDir, 'jobs', id))).toBe(false);
      expect(await readdir(join(scripted.filesDir, 'uploads'))).toEqual([]);
      expect(await scripted.knex('progress_upload')).toEqual([]);
    });

    test('a job that is tried again in that moment stays, with its files', async () => {
      await using scripted = await open({});
      script.slice = async (service, _job, { files }) => {
        await files.append('out.txt', 'x');
        service.setStatus('error');
        return true;
      };
      const number = await scripted.push();
      const { id } = await scripted.carried(number);
      const knex = scripted.app.container.get('database');
      const change = knex.changeAgain.bind(knex);
      vi.spyOn(knex, 'changeAgain').mockImplementationOnce(async (...statement) => {
        await scripted.manager.retry(number);
        return change(...statement);
      });
      expect(await scripted.manager.prune({ days: 0 })).toMatchObject({ jobs: 0 });
      expect(await scripted.job(number)).toMatchObject({ status: 'new' });
      expect(existsSync(join(scripted.filesDir, 'jobs', id))).toBe(true);
    });

    test('sweeps uploads that nobody named within a day, and files whose job is gone', async () => {
      await using scripted = await open();
      const [old, fresh] = [
        await scripted.manager.upload('old.csv', (async function* () {})()),
        await scripted.manager.upload('fresh.csv', (async function* () {})()),
      ];
      await scripted.knex('progress_upload').where({ id: old.id }).update({ created_at: OLD });
      const used = await scripted.manager.upload('used.csv', (async function* () {})());
      const number = await scripted.push('scripted', { files: [used.id] });
      await scripted.knex('progress_upload').where({ id: used.id }).update({ created_at: OLD });
      const { id } = await scripted.job(number);
      const folders = [id, crypto.randomUUID(), crypto.randomUUID()].map((name) =>
        join(scripted.filesDir, 'jobs', name),
      );
      for (const [index, folder] of folders.entries()) {
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, 'part'), 'x');
        // The last was written just now: its job may be about to be inserted.
        if (index < 2) await utimes(folder, new Date(OLD), new Date(OLD));
      }
      expect(await scripted.manager.prune({ days: 1000 })).toEqual({ jobs: 0, uploads: 1 });
      expect((await readdir(join(scripted.filesDir, 'uploads'))).sort()).toEqual([fresh.id, used.id].sort());
      expect(folders.map((folder) => existsSync(folder))).toEqual([true, false, true]);
    });

    test('sweeps uploads whose job is gone: who removed it died, or was another program', async () => {
      await using scripted = await open();
      const { knex, manager, filesDir } = scripted;
      const pushed = async (name: string, createdAt?: string) => {
        const upload = await manager.upload(name, (async function* () {})());
        const number = await scripted.push('scripted', { files: [upload.id] });
        if (createdAt) await knex('progress_upload').where({ id: upload.id }).update({ created_at: createdAt });
        return { ...upload, number };
      };
      const gone = [await pushed('gone-1.csv', OLD), await pushed('gone-2.csv', OLD)];
      const young = await pushed('young.csv');
      const there = await pushed('there.csv', OLD);
      await knex('progress_manager')
        .whereIn(
          'number',
          [...gone, young].map(({ number }) => number),
        )
        .delete();
      await manager.prune({ days: 1000 });
      const ids = [...gone, young, there].map(({ id }) => id);
      const left = [young.id, there.id];
      expect(ids.filter((id) => existsSync(join(filesDir, 'uploads', id)))).toEqual(left);
      expect((await knex('progress_upload').whereIn('id', ids).pluck('id')).sort()).toEqual(left.sort());
    });

    test('sweeps them in batches until all are gone, past those that are young', async () => {
      await using scripted = await open();
      const { knex, manager } = scripted;
      const now = new Date().toISOString().replace('T', ' ').replace('Z', '');
      const rows = Array.from({ length: 1203 }, (_, index) => ({
        ...{ id: crypto.randomUUID(), name: 'gone.csv', size: 0, job_id: crypto.randomUUID() },
        created_at: index % 3 === 0 ? now : OLD,
      }));
      await knex.batchInsert('progress_upload', rows, 50);
      await manager.prune({ days: 1000 });
      const left = async (created_at: string) =>
        (await knex('progress_upload').where({ name: 'gone.csv', created_at })).length;
      expect([await left(OLD), await left(now)]).toEqual([0, 401]);
      await knex('progress_upload').where({ name: 'gone.csv' }).delete();
    });

    test('takes the uploads of the jobs that it takes, and of no other', async () => {
      await using scripted = await open();
      const uploads: string[] = [];
      for (const name of ['a', 'b', 'c', 'd']) {
        uploads.push((await scripted.manager.upload(name, (async function* () {})())).id);
      }
      const [a, b, c, d] = uploads as [string, string, string, string];
      const two = await scripted.push('scripted', { files: [a, b] });
      const one = await scripted.push('scripted', { files: [c] });
      await scripted.push('scripted', { files: [d] });
      for (const number of [two, one]) await scripted.manager.cancel(number);
      expect(await scripted.manager.prune({ days: 0 })).toMatchObject({ jobs: 2 });
      expect(uploads.filter((id) => existsSync(join(scripted.filesDir, 'uploads', id)))).toEqual([d]);
      expect(await scripted.knex('progress_upload').whereIn('id', uploads).pluck('id')).toEqual([d]);
    });

    test.each([
      ['a finished job', 'success', undefined, ['named', 'young']],
      ['no job that goes on', 'paused', undefined, ['named', 'old', 'young']],
      ['no job whose list is damaged', 'success', '[{"na', ['named', 'old', 'young']],
    ])('sweeps old parts that the row does not name, of %s', async (_, status, damaged, left) => {
      await using scripted = await open();
      script.slice = async (service, _job, { files }) => {
        await files.append('out.txt', 'x');
        service.advance(1, 1);
        return true;
      };
      const number = await scripted.push();
      const { id } = await scripted.carried(number);
      await scripted.change(number, { status, ...(damaged && { outputs: damaged }) });
      const folder = join(scripted.filesDir, 'jobs', id);
      const [named = ''] = await readdir(folder);
      for (const name of ['old', 'young']) await writeFile(join(folder, name), 'x');
      for (const path of [join(folder, named), join(folder, 'old'), folder]) {
        await utimes(path, new Date(OLD), new Date(OLD));
      }
      await scripted.manager.prune({ days: 1000 });
      expect((await readdir(folder)).sort()).toEqual(left.map((name) => (name === 'named' ? named : name)).sort());
    });

    test.each([
      [{ days: -1 }, 'days'],
      [{ days: Number.NaN }, 'days'],
      [{ days: 1, statuses: ['new'] }, 'only finished jobs'],
    ])('%j is refused', async (options, words) => {
      await using scripted = await open();
      await expect(scripted.manager.prune(options as never)).rejects.toThrow(words);
    });
  });
}

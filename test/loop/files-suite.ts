import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BootOptions, JobContext } from 'progress-manager';
import { describe, expect, test, vi } from 'vitest';
import { SliceFiles } from '../../core/loop/slice-files.js';
import { script } from '../fixtures/scripted/open-scripted.js';
import { addNote, writeSetup } from './write-setup.js';

/** The files of a job: what recorded slices appended, and nothing else. */
export function filesSuite(database: () => Partial<BootOptions>): void {
  const open = writeSetup(database);

  describe('context.files', () => {
    test('what slices append is one file', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      script.slice = async (service, job, { files }) => {
        void files.append('places.csv', `${job.offset};`);
        await files.append('places.csv', Buffer.from('ü\n'));
        service.advance(job.offset + 1, 3);
        return true;
      };
      while ((await scripted.loop.tick()) > 0);
      const { outputs, status } = await scripted.job(number);
      expect(status).toBe('success');
      expect(outputs).toMatchObject([{ name: 'places.csv', size: 15, parts: [{ size: 5 }, { size: 5 }, { size: 5 }] }]);
      expect(await scripted.text(number, 'places.csv')).toBe('0;ü\n1;ü\n2;ü\n');
    });

    test.each(['is recorded', 'throws'])(
      'files that cannot be closed change nothing about a slice that %s',
      async (what) => {
        await using scripted = await open();
        const number = await scripted.push();
        script.slice = async (service, _job, { files }) => {
          await files.append('places.csv', 'a');
          if (what === 'throws') throw new Error('on purpose');
          service.advance(1, 1);
          return true;
        };
        const fault = new Error('The disk is gone.');
        const close = vi.spyOn(SliceFiles.prototype, 'close').mockRejectedValueOnce(fault);
        const { status, error } = await scripted.carried(number);
        expect(close).toHaveBeenCalledOnce();
        close.mockRestore();
        expect([status, error?.message]).toEqual(what === 'throws' ? ['error', 'on purpose'] : ['success', undefined]);
        expect(scripted.logged).toContainEqual(
          expect.objectContaining({ level: 'warn', message: expect.stringContaining('could not be closed') }),
        );
      },
    );

    const dropped: [string, string, (service: Parameters<typeof script.slice>[0]) => unknown][] = [
      [
        'throws',
        'error',
        () => {
          throw new Error('on purpose');
        },
      ],
      ['gives back false', 'in_progress', () => false],
      ['says what cannot be', 'error', (service) => service.setOffset(-1)],
    ];
    test.each(dropped)('a slice that %s leaves nothing of what it appended', async (_, status, end) => {
      await using scripted = await open();
      const number = await scripted.push();
      script.slice = async (service, job, { files }) => {
        await files.append('places.csv', `${job.offset};`);
        service.setOffset(job.offset + 1);
        return job.offset === 0 || end(service) !== false;
      };
      await scripted.loop.tick();
      expect(await scripted.carried(number)).toMatchObject({ status, outputs: [{ size: 2 }] });
      expect(await scripted.text(number, 'places.csv')).toBe('0;');
      expect(await scripted.parts(number)).toHaveLength(1);
    });

    test("a part whose record's answer was lost is kept, for the row may name it", async () => {
      await using scripted = await open({});
      const number = await scripted.push();
      const store = scripted.app.container.get('jobStore');
      const record = store.record.bind(store);
      store.record = async (...args) => {
        await record(...args);
        throw Object.assign(new Error('gone away'), { code: 'ECONNRESET' });
      };
      script.slice = async (service, _job, { files }) => {
        await files.append('places.csv', 'a');
        service.setOffset(1);
        return true;
      };
      await scripted.loop.tick();
      expect(await scripted.job(number)).toMatchObject({ offset: 1, outputs: [{ size: 1 }] });
      expect(await scripted.text(number, 'places.csv')).toBe('a');
    });

    test('a disk that refuses is named on the job, without where the files lie', async () => {
      await using scripted = await open({});
      const number = await scripted.push();
      await writeFile(join(scripted.filesDir, 'jobs'), 'no folder');
      script.slice = async (_service, _job, { files }) => {
        await files.append('places.csv', 'a');
        return true;
      };
      const { status, error } = await scripted.carried(number);
      expect(status).toBe('error');
      expect(error?.message).toMatch(/^The file "places\.csv" could not be read or written: E\w+: [a-z ]+$/);
    });

    test('what is neither a text nor bytes is refused', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      script.slice = async (_service, _job, { files }) => {
        await files.append('a.txt', 5 as never);
        return true;
      };
      expect((await scripted.carried(number)).error?.message).toContain('takes a text or a Uint8Array');
    });

    test.each(['../escape', 'a/b', 'nul\0', '..', ''])(
      'the name %j is refused, also when nobody waits for the append',
      async (name) => {
        await using scripted = await open();
        const [plain, writing] = [await scripted.push(), await scripted.push('scripted', { name: 'writes' })];
        script.slice = (service, job, context) => {
          context.files.append(name, 'x').catch(() => undefined);
          if (job.name === 'writes') addNote(context, 'a');
          service.advance(1, 1);
          return true;
        };
        await scripted.loop.tick();
        for (const number of [plain, writing]) {
          expect(await scripted.job(number)).toMatchObject({ status: 'error', error: { code: 'failed' }, outputs: [] });
        }
        expect(await scripted.notes()).toEqual([]);
      },
    );

    test('an append after the slice has ended is refused, and harms no recorded part', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      let late: JobContext | undefined;
      script.slice = async (service, _job, context) => {
        late = context;
        await context.files.append('places.csv', 'recorded');
        service.advance(1, 1);
        return true;
      };
      await scripted.loop.tick();
      await expect(late?.files.append('places.csv', 'late')).rejects.toThrow(/after its slice had ended/);
      expect(await scripted.text(number, 'places.csv')).toBe('recorded');
    });

    test('an input is read in pieces; a file that is no input, or is gone, is missing', async () => {
      await using scripted = await open();
      const { id } = await scripted.manager.upload('places.csv', chunks('0123456789'));
      const another = await scripted.manager.upload('secret.csv', chunks('of somebody else'));
      const number = await scripted.push('scripted', { files: [id] });
      script.slice = async (service, _job, { files }) => {
        const [input] = files.inputs;
        if (!input) throw new Error('no input');
        const pieces = [await files.read(input, 0, 4), await files.read(input, 8, 100), await files.read(input, 50, 1)];
        service.setResult(pieces.map(String));
        await files.read(another, 0, 1);
        return true;
      };
      expect(await scripted.carried(number)).toMatchObject({
        status: 'error',
        error: { message: 'There is no file "secret.csv".' },
      });
      script.slice = async (service, _job, { files }) => {
        service.setResult(String(await files.read(files.inputs[0] as never, 8, 100)));
        service.advance(1, 1);
        return true;
      };
      const again = await scripted.manager.upload('places.csv', chunks('0123456789'));
      expect(await scripted.carried(await scripted.push('scripted', { files: [again.id] }))).toMatchObject({
        result: '89',
      });
    });

    test('a removed job leaves nothing on the disk', async () => {
      await using scripted = await open({});
      const { id } = await scripted.manager.upload('places.csv', chunks('x'));
      const number = await scripted.push('scripted', { files: [id] });
      script.slice = async (service, _job, { files }) => {
        await files.append('places.csv', 'a');
        service.advance(1, 1);
        return true;
      };
      await scripted.loop.tick();
      await scripted.manager.remove(number);
      expect(await readdir(join(scripted.filesDir, 'jobs'))).toEqual([]);
      expect(await readdir(join(scripted.filesDir, 'uploads'))).toEqual([]);
    });
  });
}

async function* chunks(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}

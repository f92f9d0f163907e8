import { randomBytes } from 'node:crypto';
import type { BootOptions, JobContext } from 'progress-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openScripted, type Scripted, script } from '../fixtures/scripted/open-scripted.js';
import type { MakeDatabase } from '../support/shared-database.js';
import type { TestDatabase } from '../support/test-database.js';

const keyOf = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const KEY = keyOf('k1');
const UNKNOWN_KEY = keyOf('k2');

/** Secret parameters from the push to the slice, and nowhere else. */
export function secretsSuite(makeDatabase: MakeDatabase): void {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await makeDatabase();
  });
  afterEach(() => database[Symbol.asyncDispose]());

  const open = (options: Partial<BootOptions> = {}): Promise<Scripted> =>
    openScripted({ databaseUrl: database.url, secretKeys: [KEY], ...options });
  const canary = () => `canary-${randomBytes(8).toString('hex')}`;

  /** What the next slice does with what it is given. */
  function slice(
    work: (context: JobContext, set: { data(data: unknown): void; message(text: string): void }) => unknown,
  ) {
    script.slice = async (service, job, context) => {
      const set = {
        data: (data: unknown) => service.setData(data),
        message: (text: string) => service.setMessage(text),
      };
      await work(context, set);
      service.advance(job.offset + 1, 3);
      return true;
    };
  }

  describe('a job with secrets', () => {
    test('gets them, in each of its slices, and whoever has none gets none', async () => {
      await using scripted = await open();
      const token = canary();
      const seen: unknown[] = [];
      slice(({ secret }) => seen.push(secret.token?.reveal(), secret.password?.reveal(), secret.other));
      const number = await scripted.push('scripted', { secret: { token, password: 'käse 💥' } });
      await scripted.loop.tick();
      await scripted.loop.tick();
      expect(seen).toEqual([token, 'käse 💥', undefined, token, 'käse 💥', undefined]);
      await scripted.manager.cancel(number);
      seen.length = 0;
      await scripted.push();
      await scripted.loop.tick();
      expect(seen).toEqual([undefined, undefined, undefined]);
    });

    test('has them in no column of any table, whatever it does with them', async () => {
      await using scripted = await open();
      const token = canary();
      slice(({ secret, report }, set) => {
        const value = secret.token?.reveal();
        report(10, `half way with ${value}`);
        set.data({ deep: [{ value }] });
        set.message(`used ${value}`);
      });
      const number = await scripted.push('scripted', { secret: { token } });
      const { data, message } = await scripted.carried(number);
      expect({ data, message }).toEqual({ data: { deep: [{ value: '[secret]' }] }, message: 'used [secret]' });
      expect(await dump(scripted)).not.toContain(token);
      script.run = (_job, { secret }) => ({ token: secret.token?.reveal(), kept: 1 });
      const run = await scripted.push('scripted_run', { secret: { token } });
      expect((await scripted.carried(run)).result).toEqual({ token: '[secret]', kept: 1 });
      expect(await dump(scripted)).not.toContain(token);
    });

    test('keeps them out of what it throws, what it is tried again for, and what it is logged with', async () => {
      await using scripted = await open();
      const token = canary();
      script.slice = (service, _job, { secret }) => {
        const value = secret.token?.reveal();
        service.logger.warn({ deep: { value } }, `about to fail with ${value}`);
        throw new Error(`401 for ${value} at https://x.example/?t=${encodeURIComponent(value ?? '')}`);
      };
      const thrown = await scripted.push('scripted', { secret: { token } });
      const tried = await scripted.push('stubborn', { secret: { token } });
      await scripted.loop.tick();
      const said = '401 for [secret] at https://x.example/?t=[secret]';
      expect((await scripted.job(thrown)).error).toEqual({ code: 'failed', message: said });
      expect((await scripted.job(tried)).error).toEqual({ code: 'failed', message: said });
      expect(JSON.stringify(scripted.logged)).toContain('about to fail with [secret]');
      expect(JSON.stringify(scripted.logged)).not.toContain(token);
      scripted.app.strayError(new Error(`a forgotten timer had ${token}`));
      expect(JSON.stringify(scripted.logged)).not.toContain(token);
      expect(await dump(scripted)).not.toContain(token);
    });

    test('has them still when it is retried, and a new one like it has its own', async () => {
      await using scripted = await open();
      const token = canary();
      script.slice = () => {
        throw new Error('on purpose');
      };
      const number = await scripted.push('scripted', { secret: { token } });
      expect((await scripted.carried(number)).status).toBe('error');
      const again = await scripted.manager.runAgain(number);
      await scripted.manager.retry(number);
      const seen: unknown[] = [];
      slice(({ secret }) => seen.push(secret.token?.reveal()));
      await scripted.loop.tick();
      expect(seen).toEqual([token, token]);
      const [one, other] = await Promise.all([number, again.number].map((each) => scripted.row(each)));
      expect(one?.secrets).not.toBe(other?.secrets);
    });

    test('ends in error when they are another job’s, and shows no value', async () => {
      await using scripted = await open();
      const [one, other] = [canary(), canary()];
      const numbers = [
        await scripted.push('scripted', { secret: { token: one } }),
        await scripted.push('scripted', { secret: { token: other } }),
      ] as const;
      const { secrets } = await scripted.row(numbers[1]);
      await scripted.change(numbers[0], { secrets });
      const seen: unknown[] = [];
      slice(({ secret }) => seen.push(secret.token?.reveal()));
      const { status, error } = await scripted.carried(numbers[0]);
      expect({ status, code: error?.code }).toEqual({ status: 'error', code: 'secret_unreadable' });
      expect(error?.message).toContain('The secret "token" cannot be opened');
      expect(seen).toEqual([other]);
    });

    test('takes them with it when it is removed', async () => {
      await using scripted = await open();
      const number = await scripted.push('scripted', { secret: { token: canary() } });
      await scripted.manager.cancel(number);
      await scripted.manager.remove(number);
      expect(await scripted.knex('progress_manager').whereNotNull('secrets')).toEqual([]);
    });

    test('is left to a worker that has their key, and goes on there', async () => {
      await using scripted = await open();
      const token = canary();
      slice(() => undefined);
      const number = await scripted.push('scripted', { secret: { token } });
      const plain = await scripted.push();
      for (const secretKeys of [[], [UNKNOWN_KEY]]) {
        await using other = await openedBeside({ secretKeys });
        expect(await other.loop.tick()).toBe(1);
        expect((await scripted.job(number)).status).toBe('new');
      }
      expect((await scripted.job(plain)).offset).toBe(2);
      expect(await scripted.carried(number)).toMatchObject({ offset: 1, error: undefined });
      await using rotated = await openedBeside({ secretKeys: [UNKNOWN_KEY, KEY] });
      await rotated.loop.tick();
      expect((await scripted.job(number)).offset).toBe(2);
    });

    test('of another key under the same id waits for nobody: it ends in error, and a retry with the right key goes on', async () => {
      await using scripted = await open();
      slice(() => undefined);
      const number = await scripted.push('scripted', { secret: { token: canary() } });
      {
        await using wrong = await openedBeside({ secretKeys: [keyOf('k1')] });
        await wrong.loop.tick();
      }
      expect((await scripted.job(number)).error?.code).toBe('secret_unreadable');
      await scripted.manager.retry(number);
      expect((await scripted.carried(number)).offset).toBe(1);
    });

    test('is pushed with many others, each sealed for itself', async () => {
      await using scripted = await open();
      const tokens = Array.from({ length: 50 }, canary);
      const jobs = tokens.map((token) => ({ name: 'A job', type: 'scripted', options: { secret: { token } } }));
      await scripted.manager.pushMany(jobs);
      const seen: (string | undefined)[] = [];
      script.slice = (service, _job, { secret }) => {
        seen.push(secret.token?.reveal());
        service.advance(1, 1);
        return true;
      };
      while ((await scripted.loop.tick()) > 0);
      expect(seen.sort()).toEqual(tokens.sort());
      const found = await dump(scripted);
      expect(tokens.filter((token) => found.includes(token))).toEqual([]);
    });
  });

  describe('a push with secrets', () => {
    test('is refused where there is no key, with what to do, and nothing is written', async () => {
      await using scripted = await open({ secretKeys: [] });
      await expect(scripted.push('scripted', { secret: { token: canary() } })).rejects.toMatchObject({
        code: 'no_secret_key',
        message: expect.stringContaining('Set PM_SECRET_KEY'),
      });
      expect((await scripted.manager.find()).total).toBe(0);
    });

    test.each([
      ['no object', 'canary-1', 'secret'],
      ['a list', ['canary-1'], 'secret'],
      ['no text', { token: { canary: 1 } }, 'secret.token'],
      ['too short', { token: 'abc' }, 'secret.token'],
      ['not well-formed', { token: 'canary\ud800' }, 'secret.token'],
      ['a name with a space', { 'canary x': 'canary-1' }, 'secret'],
      ['a name of every object', { constructor: 'canary-1' }, 'secret'],
      ['too many', Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`n${at}`, 'canary'])), 'secret'],
    ])('is refused when they are %s, without repeating them', async (_, secret, field) => {
      await using scripted = await open();
      const refused = scripted.push('scripted', { secret: secret as never });
      await expect(refused).rejects.toMatchObject({ code: 'invalid_input', field });
      await expect(refused).rejects.not.toThrow(/canary/);
    });

    test('may bring 64 KiB in one and 256 KiB in all', async () => {
      await using scripted = await open();
      const most = 'x'.repeat(64 * 1024);
      const number = await scripted.push('scripted', { secret: { a: most, b: most, c: most, d: most } });
      let seen = 0;
      slice(({ secret }) => {
        seen = secret.d?.reveal().length ?? 0;
      });
      await scripted.carried(number);
      expect(seen).toBe(most.length);
      const beyond: Record<string, string>[] = [{ a: `${most}x` }, { a: most, b: most, c: most, d: most, e: 'more' }];
      for (const secret of beyond) {
        await expect(scripted.push('scripted', { secret })).rejects.toMatchObject({ code: 'too_large' });
      }
    });
  });

  /** Another worker on the same database; the script stays as it is. */
  async function openedBeside(options: Partial<BootOptions>): Promise<Scripted> {
    const before = { ...script };
    const scripted = await open(options);
    Object.assign(script, before);
    return scripted;
  }
}

/** All that the database holds, as a text. */
async function dump({ knex }: Scripted): Promise<string> {
  const tables = ['progress_manager', 'progress_upload'];
  return JSON.stringify(await Promise.all(tables.map((table) => knex(table).select('*'))));
}

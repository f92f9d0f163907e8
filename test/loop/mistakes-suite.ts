import type { BootOptions, Status } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import {
  begun,
  circular,
  fail,
  MIB,
  nextSlice,
  outcomeSetup,
  type ScriptedProgressManager,
  script,
} from './outcome-setup.js';

function causedByItself(): Error {
  const ring = new Error('a ring');
  ring.cause = ring;
  return ring;
}

/** Nobody can ask it what it is more often than that. */
function silentAfter(questions: number): object {
  let asked = 0;
  return new Proxy({}, { get: fail, getPrototypeOf: () => (asked++ < questions ? null : fail()) });
}

/** Counts that may be looked at once. */
function throwsLater(): object {
  let asked = 0;
  const processed = () => (asked++ === 0 ? 3 : fail());
  return Object.defineProperty({ failed: 0, skipped: 0 }, 'processed', { enumerable: true, get: processed });
}

/** Slices that throw, and services that say what cannot be. */
export function mistakesSuite(database: () => Partial<BootOptions>): void {
  const { open } = outcomeSetup(database);

  describe('throws anything else', () => {
    test('is an error with its text, and what was recorded before stays', async () => {
      await using scripted = await open();
      const number = await begun(scripted);
      nextSlice((service) => {
        service.setOffset(9);
        service.setProgress(90);
        throw new Error('bad row 7');
      });
      const job = await scripted.carried(number);
      expect(job).toMatchObject({ status: 'error', offset: 1, progress: 20, data: { at: 1 }, dueAt: undefined });
      expect(job.error).toEqual({ code: 'failed', message: 'bad row 7' });
    });

    const thrown: [string, () => unknown, RegExp][] = [
      ['a text', () => 'no paper', /^no paper$/],
      ['null', () => null, /null/],
      ['undefined', () => undefined, /undefined/],
      ['a frozen object', () => Object.freeze({ reason: 'frozen' }), /frozen/],
      [
        'an object whose getters throw',
        () => Object.defineProperty({}, 'x', { enumerable: true, get: fail }),
        /cannot be described/,
      ],
      [
        'an Error whose message throws',
        () => Object.defineProperty(new Error(), 'message', { get: fail }),
        /cannot be described/,
      ],
      [
        'an Error whose cause throws',
        () => Object.defineProperty(new Error('no cause'), 'cause', { get: fail }),
        /^no cause$/,
      ],
      ['an Error that caused itself', causedByItself, /^a ring$/],
      ['a circular object', circular, /cannot be described/],
      [
        'an object that says nothing of itself',
        () => new Proxy({}, { get: fail, getPrototypeOf: fail }),
        /cannot be described/,
      ],
      ['an object that soon says nothing more of itself', () => silentAfter(1), /on purpose/],
      ['an object that says nothing more of itself later', () => silentAfter(2), /on purpose|cannot be described/],
      ['a number too large for JSON', () => 10n, /cannot be described/],
      ['a message of 10 MiB', () => new Error('ü'.repeat(5 * MIB)), /^ü+…$/],
      ['half a character', () => new Error('\ud800'), /^\ufffd$/],
    ];
    test.each(thrown)('%s makes a well-formed sentence of at most 8 KiB', async (_, make, sentence) => {
      await using scripted = await open();
      const number = await scripted.push();
      nextSlice(() => {
        throw make();
      });
      const { status, error } = await scripted.carried(number);
      expect({ status, code: error?.code }).toEqual({ status: 'error', code: 'failed' });
      expect(error?.message).toMatch(sentence);
      expect(Buffer.byteLength(error?.message ?? '')).toBeLessThanOrEqual(8192);
      expect(error?.message.isWellFormed()).toBe(true);
    });

    test.each(thrown)('%s thrown by a write is an error, and the slice is done once', async (_, make, sentence) => {
      await using scripted = await open();
      const number = await scripted.push();
      let writes = 0;
      script.slice = (service, _job, context) => {
        service.setOffset(1);
        context.write(() => {
          writes++;
          throw make();
        });
        return true;
      };
      const { status, offset, error } = await scripted.carried(number);
      expect({ status, offset, writes }).toEqual({ status: 'error', offset: 0, writes: 1 });
      expect(error?.message).toMatch(sentence);
    });

    test('an Error whose cause throws is tried again where its type says so', async () => {
      await using scripted = await open();
      const number = await scripted.push('stubborn');
      nextSlice(() => {
        throw Object.defineProperty(new Error('no cause'), 'cause', { get: fail });
      });
      expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', attempt: 2 });
    });

    test("of a refused statement the database's words are kept, not the values", async () => {
      await using scripted = await open();
      const number = await scripted.push();
      script.slice = (_service, _job, context) => {
        context.write((transaction) => transaction('nowhere').insert({ password: 'S3CRET' }).then());
        return true;
      };
      const { status, error } = await scripted.carried(number);
      expect(status).toBe('error');
      expect(error?.message).toMatch(/nowhere/);
      expect(error?.message).not.toMatch(/S3CRET|insert/i);
    });
  });

  describe('progress that cannot be', () => {
    const faulty: [unknown, number][] = [
      [Number.NaN, 20],
      [Number.POSITIVE_INFINITY, 20],
      [Number.NEGATIVE_INFINITY, 20],
      [10, 20],
      [-5, 20],
      [101, 99.99],
      ['fifty', 20],
      [Symbol('half'), 20],
    ];
    test.each(faulty)('%s is clamped, with a warning in the log', async (said, shown) => {
      await using scripted = await open();
      const number = await begun(scripted);
      nextSlice((service) => {
        service.setOffset(2);
        service.setProgress(said as number);
      });
      expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', offset: 2, progress: shown });
      const warnings = scripted.logged.filter(({ level }) => level === 'warn');
      expect(warnings).toMatchObject([{ fields: { job: number }, message: expect.stringMatching(/^progress /) }]);
    });

    const noNumbers: [string, unknown][] = [
      ['NaN', Number.NaN],
      ['a Symbol', Symbol('half')],
      ['a BigInt', 50n],
      ['a text', '50'],
      ['an object that throws as a number', { valueOf: fail }],
    ];
    describe.each(['scripted', 'phased', 'counted', 'counted_phased'])('in a job of the type %s', (type) => {
      test.each(noNumbers)('%s after a report is a fault that is warned of', async (_, said) => {
        await using scripted = await open();
        script.count = () => 10;
        const number = await scripted.push(type);
        script.slice = (service, _job, { report }) => {
          report(5);
          service.setOffset(1);
          service.setProgress(said as number);
          return true;
        };
        expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', offset: 1, error: undefined });
        const warnings = scripted.logged.filter(({ level }) => level === 'warn');
        expect(warnings).toMatchObject([{ fields: { job: number }, message: expect.stringMatching(/^progress /) }]);
      });

      test.each(noNumbers)('%s as a report leaves the report before it', async (_, said) => {
        await using scripted = await open();
        const number = await scripted.push(type);
        let hasReturned = false;
        script.slice = (service, _job, { report }) => {
          report(30, 'Reading');
          report(said as number);
          hasReturned = true;
          service.setOffset(2);
          return true;
        };
        const job = await scripted.carried(number);
        expect(job).toMatchObject({ offset: 2, progress: type.endsWith('phased') ? 7.5 : 30, message: 'Reading' });
        expect(hasReturned).toBe(true);
      });
    });

    test('100 before the end is 99.99, and two decimals are kept', async () => {
      await using scripted = await open();
      const number = await begun(scripted);
      nextSlice((service) => service.setProgress(33.333333));
      expect(await scripted.carried(number)).toMatchObject({ progress: 33.33 });
      nextSlice((service) => service.setProgress(100));
      expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', progress: 99.99 });
      expect(scripted.logged.filter(({ level }) => level === 'warn')).toEqual([]);
    });

    const counts: [string, (service: ScriptedProgressManager) => void][] = [
      ['NaN', (service) => service.setCounts({ processed: Number.NaN })],
      ['a fraction', (service) => service.setCounts({ failed: 1.5 })],
      ['below 0', (service) => service.setCounts({ skipped: -1 })],
      ['an endless total', (service) => service.advance(2, Number.POSITIVE_INFINITY)],
      ['nothing', (service) => Object.assign(service, { getCounts: () => undefined })],
    ];
    test.each(counts)('counts that are %s stay as they were, with a warning', async (_, say) => {
      await using scripted = await open();
      const number = await begun(scripted);
      nextSlice((service) => {
        service.setOffset(2);
        say(service);
      });
      const job = await scripted.carried(number);
      expect(job).toMatchObject({ status: 'in_progress', offset: 2 });
      expect(job.counts).toEqual({ processed: 0, total: undefined, failed: 0, skipped: 0 });
      expect(scripted.logged.filter(({ level }) => level === 'warn')).toHaveLength(1);
    });
  });

  describe('what a service must not say', () => {
    test.each(['paused', 'cancelled', 'done', '', '1_new', null, undefined, 5, {}])(
      'the status %s is bad_status',
      async (status) => {
        await using scripted = await open();
        const number = await begun(scripted);
        nextSlice((service) => {
          service.setOffset(2);
          service.setStatus(status as Status);
        });
        expect(await scripted.carried(number)).toMatchObject({
          status: 'error',
          offset: 1,
          error: { code: 'bad_status' },
        });
      },
    );

    test.each([undefined, null, 1, 0, 'true', {}, Symbol('true')])(
      '%s instead of true or false is bad_return',
      async (returned) => {
        await using scripted = await open();
        const number = await begun(scripted);
        script.slice = (service) => {
          service.setOffset(2);
          return returned;
        };
        expect(await scripted.carried(number)).toMatchObject({
          status: 'error',
          offset: 1,
          error: { code: 'bad_return' },
        });
      },
    );

    test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '2', null, Object.create(null)])(
      'the offset %s is bad_offset',
      async (offset) => {
        await using scripted = await open();
        const number = await begun(scripted);
        nextSlice((service) => service.setOffset(offset as number));
        expect(await scripted.carried(number)).toMatchObject({
          status: 'error',
          offset: 1,
          error: { code: 'bad_offset' },
        });
      },
    );

    test('data and results over 1 MiB are refused, up to it they are kept', async () => {
      await using scripted = await open();
      const large = 'x'.repeat(MIB - 2);
      const number = await scripted.push();
      nextSlice((service) => service.setData(large));
      expect((await scripted.carried(number)).data).toBe(large);
      nextSlice((service) => service.setData(`${large}x`));
      expect(await scripted.carried(number)).toMatchObject({
        status: 'error',
        data: large,
        error: { code: 'data_too_large' },
      });
      nextSlice((service) => service.setResult(`${large}x`));
      expect(await scripted.carried(await scripted.push())).toMatchObject({
        result: undefined,
        error: { code: 'data_too_large' },
      });
    });

    const noJson: [string, unknown][] = [
      ['circular', circular()],
      ['a bigint', 1n],
      ['throwing in toJSON', { toJSON: fail }],
    ];
    test.each(noJson)('data that is %s is an error, and what was recorded stays', async (_, data) => {
      await using scripted = await open();
      const number = await begun(scripted);
      nextSlice((service) => service.setData(data));
      expect(await scripted.carried(number)).toMatchObject({
        status: 'error',
        data: { at: 1 },
        error: { code: 'failed', message: expect.stringContaining('The data of the job cannot be JSON: ') },
      });
    });

    test('a result that is no JSON is an error that names it', async () => {
      await using scripted = await open();
      nextSlice((service) => service.setResult(1n));
      const { error } = await scripted.carried(await scripted.push());
      expect(error?.message).toContain('The result of the job cannot be JSON: ');
    });

    test.each(['getProgress', 'getStatus', 'getOffset', 'getData', 'getMessage', 'getResult', 'getCounts'])(
      'a %s that throws counts as the slice',
      async (getter) => {
        await using scripted = await open();
        const number = await begun(scripted);
        nextSlice((service) => {
          service.setOffset(2);
          Object.assign(service, { [getter]: fail });
        });
        const job = await scripted.carried(number);
        expect(job).toMatchObject({ status: 'error', offset: 1, error: { code: 'failed', message: 'on purpose' } });
      },
    );

    const ended = { status: 'error', offset: 1, slices: 1 };
    const tricky: [string, () => unknown, object][] = [
      ['throw', () => Object.defineProperty({}, 'processed', { enumerable: true, get: fail }), ended],
      ['throw whatever they are asked', () => new Proxy({}, { get: fail }), ended],
      ['throw the second time', throwsLater, { status: 'in_progress', offset: 2, slices: 1 }],
    ];
    describe.each([false, true])('with an item to write: %s', (hasItem) => {
      test.each(tricky)('counts that %s are asked in one slice, and once', async (_, counts, outcome) => {
        await using scripted = await open();
        const number = await begun(scripted);
        const given = counts();
        let slices = 0;
        script.slice = (service, _job, context) => {
          slices++;
          service.setOffset(2);
          if (hasItem) context.item('row 7', 'failed');
          Object.assign(service, { getCounts: () => given });
          return true;
        };
        const { status, offset } = await scripted.carried(number);
        expect({ status, offset, slices }).toEqual(outcome);
      });
    });

    test('a message that is no text counts as thrown, a long one is cut to 8 KiB', async () => {
      await using scripted = await open();
      const number = await begun(scripted);
      nextSlice((service) => {
        service.setOffset(2);
        service.setMessage('ü'.repeat(MIB));
      });
      expect(Buffer.byteLength((await scripted.carried(number)).message ?? '')).toBeLessThanOrEqual(8192);
      nextSlice((service) => service.setMessage({} as string));
      expect((await scripted.carried(number)).error?.message).toMatch(/must be a text/);
    });
  });

  describe('services of three methods', () => {
    test('work: progress and status are theirs, everything else stays', async () => {
      await using scripted = await open();
      const number = await scripted.push('bare', { data: { table: 'place' } });
      expect(await scripted.carried(number)).toMatchObject({
        status: 'in_progress',
        progress: 50,
        offset: 0,
        data: { table: 'place' },
      });
      script.bare = { progress: 70, status: 'success' };
      expect(await scripted.carried(number)).toMatchObject({
        status: 'success',
        progress: 100,
        data: { table: 'place' },
      });
    });
  });

  describe('a row or a class that is broken', () => {
    test('data that is no JSON is corrupt_row, and other jobs are not affected', async () => {
      await using scripted = await open();
      const damaged = await scripted.push();
      const sound = await scripted.push();
      await scripted.change(damaged, { data: '{"at":' });
      expect(await scripted.carried(damaged)).toMatchObject({ status: 'error', error: { code: 'corrupt_row' } });
      expect(await scripted.job(sound)).toMatchObject({ status: 'in_progress', offset: 1 });
    });

    test('a service that cannot be made is an error of its job alone', async () => {
      await using scripted = await open();
      script.construct = fail;
      const fragile = await scripted.push('scripted');
      const number = await scripted.push('other');
      await scripted.change(fragile, { type: 'fragile' });
      expect(await scripted.carried(fragile)).toMatchObject({
        status: 'error',
        error: { code: 'no_service', message: 'on purpose' },
      });
      expect(await scripted.job(number)).toMatchObject({ status: 'in_progress', offset: 1 });
    });
  });
}

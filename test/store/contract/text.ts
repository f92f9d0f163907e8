import { expect, test } from 'vitest';
import { APPLICATION } from '../../../core/contracts/user.js';
import type { Database } from '../../../core/store/database.js';
import { ANN, BACK, LEASE_MS, newJob, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

const TEXTS = {
  quotes: `'single' "double" \`back\` ''`,
  'an attack': `'); DROP TABLE progress_manager; -- `,
  'a backslash at the end': 'C:\\temp\\',
  placeholders: '? ?? :name $1 %s {}',
  wildcards: '%_!',
  emoji: '👩‍👩‍👧‍👦 🇺🇦 😀',
  'four bytes': '𠜎𡃁 𝒳',
  'right to left': 'שלום \u202Eabc\u202C مرحبا',
  accents: 'é e\u0301 ß ﬁ İ',
  'line ends and tabs': 'a\r\nb\tc',
  'blanks at both ends': '  a  ',
  markup: '<script>alert(1)</script>&amp;',
} as const;

/** Whatever people write comes back byte by byte. */
export function textContract(at: StoreUnderTest): void {
  test.each(Object.entries(TEXTS))(
    '%s: name, data, key, owner and message come back as they went in',
    async (_, text) => {
      const data = JSON.stringify({ [text]: text });
      const pushed = newJob({ name: text, data, key: text, userId: text });
      const { job } = await at.store.insert(pushed);
      expect(await at.job(job.number)).toMatchObject({ name: text, key: text, userId: text, data: { [text]: text } });
      const lease = await at.take(job.number);
      expect(lease.dataText).toBe(data);
      await at.store.record(lease, slice({ message: text, result: data, error: { code: 'x', message: text } }), BACK);
      const recorded = { message: text, result: { [text]: text }, error: { message: text } };
      expect(await at.store.get(job.id, { id: text, isAdmin: false })).toMatchObject(recorded);
      expect(await at.store.get(job.id, ANN)).toBeUndefined();
    },
  );

  test.each(Object.entries(TEXTS))('%s: a message told by a beat comes back as it went in', async (_, text) => {
    const { number, leaseVersion, sliceSeq } = await at.running();
    const moved = { progress: 1, message: text, counts: { processed: 0, total: undefined, failed: 0, skipped: 0 } };
    await at.store.beat([{ number, leaseVersion, sliceSeq, renew: false, moved }], LEASE_MS);
    expect((await at.job(number)).message).toBe(text);
  });

  test('names of 255 characters and data of a megabyte fit, also in characters of four bytes', async () => {
    const name = '😀'.repeat(255);
    const data = JSON.stringify('𝒳'.repeat(262_000));
    const job = await at.push({ name, data, key: '𠜎'.repeat(255), userId: '𠜎'.repeat(255) });
    expect(job.name).toBe(name);
    expect((await at.take(job.number)).dataText).toBe(data);
  });

  test('numbers beyond 2^32 come back whole', async () => {
    const lease = await at.running();
    const most = Number.MAX_SAFE_INTEGER;
    const counts = { processed: most, total: most, failed: 5_000_000_000, skipped: 3_000_000_000 };
    await at.store.record(lease, slice({ offset: most, counts }), BACK);
    expect(await at.job(lease.number)).toMatchObject({ offset: most, counts });
  });

  test('data that another program damaged hides neither the job nor others', async () => {
    const { number } = await at.push();
    await at.set(number, { data: '{"a":' });
    expect(await at.job(number)).toMatchObject({ number, data: undefined });
  });

  test.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['an object', { toString: () => '1' }],
    ['an object that would become a condition', { number: 1 }],
    ['a list', [1, 2]],
    ['nothing', undefined],
    ['a function', () => 1],
    ['a symbol', Symbol('1')],
    ['a date that is none', new Date(Number.NaN)],
  ])('%s is not bound to a statement', async (_, value) => {
    const bindings = [value] as unknown as Parameters<Database['rows']>[1];
    await expect(at.database.rows('SELECT ? AS one', bindings)).rejects.toThrow(TypeError);
    await expect(at.database.change('UPDATE progress_manager SET name = ?', bindings)).rejects.toThrow(TypeError);
    await expect(at.store.get(value as number, ANN)).rejects.toThrow(TypeError);
  });

  test('an object in a filter is refused, and not taken for a condition', async () => {
    const userId = { created_by_id: 1 } as unknown as string;
    await expect(at.store.find({ userId }, APPLICATION)).rejects.toThrow();
  });
}

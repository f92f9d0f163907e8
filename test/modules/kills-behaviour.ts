import { bootForTests, type EveryKillOptions, type TestApp, type TestBootOptions } from 'progress-manager/testing';
import { describe, expect, test } from 'vitest';
import { BUNDLED, makeItems } from './application.js';

/** That the bundled modules survive the death of their worker at any statement, on every kind of database. */
export function describeKills(options: Pick<TestBootOptions, 'databaseUrl'> = {}, every = 1): void {
  const boot = () => bootForTests({ ...BUNDLED, ...options });
  const items = ({ knex }: TestApp) => knex('item').orderBy('id').select('code', 'amount', 'note');
  const prepared: EveryKillOptions = {
    every,
    prepare: async (kit) => {
      await makeItems(kit);
      await kit.knex('item').insert(['a', 'b', 'c'].map((code, amount) => ({ code, amount })));
    },
  };

  describe('a worker that dies at any statement leaves every row once', () => {
    test('of an import, with its file of rejected rows', async () => {
      await using kit = await boot();
      const uploads = { 'items.csv': 'code,amount\nd,1\nd,2\ne,three\nf,4\n' };
      const swept = await kit.survivesEveryKill(
        'import',
        { table: 'item' },
        async ({ job, files }, test) => {
          expect(job).toMatchObject({ status: 'success', result: { imported: 2, rejected: 2 } });
          expect(Object.keys(files)).toEqual(['rejected.csv']);
          return items(test);
        },
        { ...prepared, uploads },
      );
      expect(swept.kills).toBe(2 * Math.ceil(swept.statements / every));
    });

    test('of an export', async () => {
      await using kit = await boot();
      const expectFile = ({ files }: { readonly files: Readonly<Record<string, string>> }) =>
        expect(files['item.csv']?.split('\r\n')).toHaveLength(5);
      const swept = await kit.survivesEveryKill('export', { table: 'item' }, expectFile, prepared);
      expect(swept.kills).toBeGreaterThan(3);
    });

    test.each(['massUpdate', 'massRemove'] as const)('of a %s', async (type) => {
      await using kit = await boot();
      const where = [{ column: 'amount', op: '>=' as const, value: 1 }];
      const data = type === 'massUpdate' ? { table: 'item', where, values: { amount: 9 } } : { table: 'item', where };
      const swept = await kit.survivesEveryKill(
        type,
        data,
        async ({ job }, test) => {
          expect(job).toMatchObject({ status: 'success', counts: { processed: 2, failed: 0, skipped: 0 } });
          return items(test);
        },
        prepared,
      );
      expect(swept.kills).toBeGreaterThan(3);
    });
  });
}

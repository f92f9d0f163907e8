import { describe, expect, test } from 'vitest';
import { findingsText } from '../../bin/findings-text.js';
import { Output } from '../../bin/output.js';
import { failure, ok, warning } from '../../core/upkeep/doctor/finding.js';
import { commandLineForTests, type Said, TextCollector } from './run-for-tests.js';

interface Examined {
  readonly isWell: boolean;
  readonly failures: number;
  readonly checks: readonly { readonly name: string; readonly outcome: string; readonly remedy: string | null }[];
}

const json = ({ stdout }: Said): Examined => JSON.parse(stdout) as Examined;
const failuresOf = (said: Said) => json(said).checks.filter(({ outcome }) => outcome === 'failure');

describe('doctor', () => {
  test('says what is missing and which command brings it, then that all is well', async () => {
    await using line = await commandLineForTests();
    const before = await line.pm('doctor');
    expect(before).toMatchObject({ exitCode: 1, stderr: '' });
    expect(before.stdout).toMatch(/^failure {2}database .*There is no file/m);
    expect(before.stdout).toContain('progress-manager migrate');
    await line.pm('migrate');
    const after = await line.pm('doctor');
    expect(after).toMatchObject({ exitCode: 0, stderr: '' });
    expect(after.stdout).toMatch(/^ok {7}migrations +The tables are up to date\.$/m);
    expect(after.stdout).toMatch(/\n\d+ checks: \d+ fine, \d warnings?, 0 failures\.\n$/);
  });

  test('prints one document for programs', async () => {
    await using line = await commandLineForTests();
    await line.pm('migrate');
    const said = await line.pm('doctor', '--json');
    expect(said).toMatchObject({ exitCode: 0, stderr: '' });
    expect(json(said)).toMatchObject({
      isWell: true,
      failures: 0,
      checks: expect.arrayContaining([
        { name: 'settings', outcome: 'ok', found: expect.any(String), remedy: null },
        { name: 'modules', outcome: 'ok', found: expect.any(String), remedy: null },
      ]),
    });
  });

  test('ends with 78 when only settings are wrong, and looks at the database all the same', async () => {
    await using line = await commandLineForTests();
    await line.pm('migrate');
    await using wrong = await commandLineForTests({ ...line.env, PM_LIMIT: '0', PM_LIMT: '1' });
    const said = await wrong.pm('doctor', '--json');
    expect(said.exitCode).toBe(78);
    expect(failuresOf(said).map(({ name }) => name)).toEqual(['settings', 'settings']);
    expect(json(said).checks.map(({ name }) => name)).toContain('migrations');
  });

  test('ends with 78 when the folder of files cannot be written', async () => {
    await using line = await commandLineForTests();
    await line.pm('migrate');
    await using wrong = await commandLineForTests({ ...line.env, PM_FILES_DIR: '/dev/null/files' });
    const said = await wrong.pm('doctor', '--json');
    expect(said.exitCode).toBe(78);
    expect(failuresOf(said).map(({ name }) => name)).toEqual(['files folder']);
  });

  test('ends with 1 when the database is away too', async () => {
    await using line = await commandLineForTests({ DATABASE_URL: 'mysql://root@127.0.0.1:1/app', PM_LIMT: '1' });
    const said = await line.pm('doctor', '--json');
    expect(said.exitCode).toBe(1);
    expect(failuresOf(said).map(({ name }) => name)).toEqual(['settings', 'database']);
  });

  test.each(['mysql://root:not-to-be-told@127.0.0.1:1/app', 'mysql://root:not-to-be-told@[bad/app', 'not-to-be-told'])(
    'never says a password (%#)',
    async (DATABASE_URL) => {
      await using line = await commandLineForTests({ DATABASE_URL });
      for (const words of [['doctor'], ['doctor', '--json']]) {
        const { exitCode, stdout, stderr } = await line.pm(...words);
        expect(exitCode).toBeGreaterThan(0);
        expect(stdout).toMatch(/database/i);
        expect(stdout + stderr).not.toContain('not-to-be-told');
      }
    },
  );
});

test('findings stand in columns, remedies indented below, and long ones go on in the next line', () => {
  const columns = 60;
  const output = new Output({ write: () => undefined, columns }, new TextCollector(), {});
  const text = findingsText(
    [
      ok('version', 'The server is MariaDB 11.'),
      warning('clock', `The clock is ${'very '.repeat(8)}late.`, 'Mend it.'),
      failure('database', 'A \u001b[31mred\u001b[39m word.', 'Paint it.'),
    ],
    output,
  );
  expect(text.split('\n')).toEqual([
    'ok       version   The server is MariaDB 11.',
    'warning  clock     The clock is very very very very very',
    '                   very very very late.',
    '                     Mend it.',
    'failure  database  A red word.',
    '                     Paint it.',
    '3 checks: 1 fine, 1 warning, 1 failure.',
  ]);
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(columns);
});

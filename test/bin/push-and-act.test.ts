import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openScripted, type Scripted, script } from '../fixtures/scripted/open-scripted.js';
import { type CommandLine, commandLineForTests } from './run-for-tests.js';

const MODULES = fileURLToPath(new URL('../fixtures/scripted/modules', import.meta.url));
const UUID = '[0-9a-f-]{36}';

let root: string;
let line: CommandLine;
let scripted: Scripted;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'progress-manager-root-'));
  await writeFile(join(root, 'package.json'), '{"version":"1.0.0","type":"module"}');
  await symlink(MODULES, join(root, 'modules'));
  line = await commandLineForTests({}, root);
  await line.pm('migrate');
  scripted = await openScripted({ databaseUrl: line.env.DATABASE_URL as string });
});
afterEach(async () => {
  await scripted[Symbol.asyncDispose]();
  await line[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

describe('push', () => {
  test('takes a group, keeps a job out of listings, and names what follows it', async () => {
    const next = JSON.stringify([{ name: 'B', type: 'scripted', options: { next: { name: 'C', type: 'scripted' } } }]);
    const said = await line.pm('push', 'scripted', 'A', '--group', 'g', '--hidden', '--next', next);
    expect(said.stderr).toBe('');
    expect(said.stdout).toMatch(new RegExp(`^Pushed job 1 \\(${UUID}\\), and after it 2\\.\\n$`));
    expect(await scripted.job(1)).toMatchObject({ group: 'g', isHidden: true, waitsFor: undefined });
    expect(await scripted.job(2)).toMatchObject({ name: 'B', isHidden: false, waitsFor: 1 });
    expect(await scripted.job(3)).toMatchObject({ name: 'C', waitsFor: 2 });
  });

  test.each([
    [['--next', '{"name":"B"}'], 'type'],
    [['--next', '5'], 'object'],
    [['--next', '-', '--data', '-'], 'stdin can be read once'],
    [['--next', 'x'], '--next: is not JSON'],
  ])('refuses %j', async (words, sentence) => {
    const { exitCode, stderr } = await line.pm('push', 'scripted', 'A', ...words);
    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toContain(sentence);
    expect(await scripted.manager.find()).toMatchObject({ total: 0 });
  });
});

describe('act', () => {
  test('says which job a button has pushed, and for how many items', async () => {
    const number = await scripted.push('mailing', { data: { to: ['a', 'b', 'c'] } });
    script.slice = (service, _job, { item }) => {
      for (const key of ['a', 'b']) item(key, 'failed');
      service.advance(1, 1);
      return true;
    };
    await scripted.carried(number);
    const act = async (action: string) => (await line.pm('act', String(number), action)).stdout;
    const retried = await act('retry_failed');
    expect(retried).toMatch(
      new RegExp(`^Job 1: retry_failed\\. Pushed job 2 \\(${UUID}\\)\\. It is for 2 items\\.\\n$`),
    );
    expect(await act('retry_failed')).toMatch(/That is job 2 \(.*\), pushed before\. It is for 2 items\.\n$/);
    expect(await act('run_again')).toMatch(/^Job 1: run_again\. Pushed job 3 \(.*\)\.\n$/);
  });
});

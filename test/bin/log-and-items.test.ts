import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logLineText } from '../../bin/log-text.js';
import { Output } from '../../bin/output.js';
import { openScripted, type Scripted, script } from '../fixtures/scripted/open-scripted.js';
import { until } from '../support/until.js';
import { type CommandLine, commandLineForTests, type Said, TextCollector } from './run-for-tests.js';

const json = ({ stdout }: Said) => JSON.parse(stdout);
const TIME = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}';

let line: CommandLine;
/** What works on the jobs of the command line's database. */
let scripted: Scripted;

beforeEach(async () => {
  line = await commandLineForTests();
  await line.pm('migrate');
  scripted = await openScripted({ databaseUrl: line.env.DATABASE_URL as string });
});
afterEach(async () => {
  await scripted[Symbol.asyncDispose]();
  await line[Symbol.asyncDispose]();
});

/** A job that failed once, and has said this and that. */
async function talked(): Promise<number> {
  const number = await scripted.push('stubborn');
  script.slice = (service, job, { log, item }) => {
    log('info', `attempt ${job.attempt}`, { at: job.attempt });
    log('warning', 'two\nlines');
    item('=a', 'failed', 'said "no"');
    item('b', 'skipped');
    if (job.attempt === 1) throw new Error('on purpose');
    service.advance(1, 1);
    return true;
  };
  await scripted.carried(number);
  await scripted.change(number, { due_at: '2000-01-01 00:00:00.000' });
  expect((await scripted.carried(number)).status).toBe('success');
  return number;
}

describe('log', () => {
  test('shows all lines, with their times, and where a new attempt begins', async () => {
    const number = await talked();
    const { exitCode, stdout, stderr } = await line.pm('log', String(number));
    expect([exitCode, stderr]).toEqual([0, '']);
    const pattern = [
      `^${TIME}  info     attempt 1  \\{"at":1\\}`,
      `${TIME}  warning  two`,
      ` {34}lines`,
      `${TIME}  error    The slice failed: on purpose  \\{"code":"failed"\\}`,
      `${TIME}  warning  It is tried again in \\d+ s\\.  \\{"tries":1\\}`,
      '── attempt 2 ──',
      `${TIME}  info     attempt 2  \\{"at":2\\}`,
      `${TIME}  warning  two`,
      ` {34}lines\n$`,
    ].join('\n');
    expect(stdout).toMatch(new RegExp(pattern));
  });

  test('is narrowed by level and attempt, and is one document for programs', async () => {
    const number = String(await talked());
    const levels = async (...words: string[]) =>
      json(await line.pm('log', number, '--json', ...words)).list.map(({ level }: { level: string }) => level);
    expect(await levels('--level', 'error')).toEqual(['error']);
    expect(await levels('--attempt', '2')).toEqual(['info', 'warning']);
    const { list, next } = json(await line.pm('log', number, '--json'));
    expect(list).toHaveLength(6);
    expect(next).toBe(list[5].seq);
    expect(list[0]).toMatchObject({ message: 'attempt 1', details: { at: 1 }, attempt: 1, slice: 0 });
  });

  test('--follow gives each line as it comes and ends with the job, all lines out', async () => {
    const number = await scripted.push('scripted_run');
    let seen = 0;
    script.run = async (_job, { log }) => {
      log('info', 'first');
      await until('somebody has read it', () => seen > 0);
      log('info', 'last');
    };
    const following = line.pm('log', String(number), '--follow', '--json');
    await scripted.app.start();
    await until('the first line is there', async () => (await scripted.manager.log(number)).list.length > 0);
    seen++;
    const { exitCode, stdout } = await following;
    expect(exitCode).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(lines.map(({ message }) => message)).toEqual(['first', 'last']);
  });

  test.each([
    [[], '.'],
    [['--follow'], '.'],
    [['--level', 'error'], ' like that.'],
    [['--attempt', '2', '--follow'], ' like that.'],
  ])('says when nothing is there: %j', async (words, end) => {
    const number = await scripted.push();
    await scripted.manager.cancel(number);
    const { exitCode, stdout, stderr } = await line.pm('log', String(number), ...words);
    expect(exitCode).toBe(0);
    expect(stdout + stderr).toBe(`Job ${number} has logged nothing${end}\n`);
  });

  test.each([
    [1, ['log', '99']],
    [1, ['log', '99', '--follow']],
    [2, ['log']],
    [2, ['log', '1', '--level', 'fatal']],
    [2, ['log', '1', '--attempt', 'x']],
    [2, ['log', '1', '--attempt', '0']],
    [1, ['messages', '99']],
    [2, ['messages']],
    [1, ['items', '99']],
    [2, ['items']],
    [2, ['items', '1', '--outcome', 'ok']],
    [2, ['items', '1', '--csv', '--json']],
  ])('exits with %d for %j', async (exitCode, words) => {
    await scripted.push();
    expect((await line.pm(...words)).exitCode).toBe(exitCode);
  });

  test('has colours in a terminal, and nothing of a line reaches it that is no text', () => {
    const terminal = Object.assign(new TextCollector(), { isTTY: true });
    const text = logLineText(
      {
        ...{ seq: 1, at: '2026-01-01T00:00:00.000Z', level: 'error', attempt: 1, slice: 0 },
        ...{ message: '\x1b[2Jcleared', details: { a: '\x1b[0m' } },
      },
      new Output(terminal, terminal, {}),
    );
    expect(text).toContain('\x1b[31merror');
    expect(text).not.toContain('\x1b[2J');
    expect(text).toContain('cleared');
  });
});

describe('messages', () => {
  test('are shown with their times, and taken with --clear; show has the last of them', async () => {
    const number = String(await scripted.push());
    expect((await line.pm('messages', number)).stdout).toBe(`Job ${number} has no messages.\n`);
    script.slice = (service, _job, { tell }) => {
      tell('It has\nbegun.');
      tell('It is done.');
      service.advance(1, 1);
      return true;
    };
    await scripted.carried(Number(number));
    const pattern = `^${TIME}  It has\n {25}begun\\.\n${TIME}  It is done\\.\n$`;
    expect((await line.pm('messages', number)).stdout).toMatch(new RegExp(pattern));
    expect((await line.pm('show', number)).stdout).toContain(
      '\n  told      It is done. (the last of 2: see "messages")\n',
    );
    const { list } = json(await line.pm('messages', number, '--clear', '--json'));
    expect(list).toMatchObject([{ text: 'It has\nbegun.' }, { text: 'It is done.' }]);
    expect(json(await line.pm('messages', number, '--json'))).toEqual({ list: [] });
    expect((await line.pm('show', number)).stdout).not.toContain('told');
  });
});

describe('items', () => {
  test('are a table for people, a document for programs, CSV for spreadsheets', async () => {
    const number = String(await talked());
    const { stdout } = await line.pm('items', number);
    expect(stdout).toMatch(/^ITEM +OUTCOME +REASON +AT \(UTC\)\n=a +failed +said "no" .*\nb +skipped +– .*\n$/);
    const { list } = json(await line.pm('items', number, '--outcome', 'skipped', '--json'));
    expect(list).toMatchObject([{ key: 'b', outcome: 'skipped', reason: null }]);
    const csv = (await line.pm('items', number, '--csv', '--outcome', 'failed')).stdout;
    expect(csv).toMatch(
      /^"key","outcome","reason","at","attempt","slice"\r\n"'=a","failed","said ""no""",".*Z",2,0\r\n$/,
    );
  });

  test('that are not there are told as such', async () => {
    const number = await scripted.push();
    const said = async (...words: string[]) => (await line.pm('items', String(number), ...words)).stdout;
    expect(await said()).toBe(`Job ${number} has no items that failed or were skipped.\n`);
    expect(await said('--outcome', 'failed')).toBe(`Job ${number} has no items that failed.\n`);
  });
});

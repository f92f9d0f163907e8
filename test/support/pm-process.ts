import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandProcess } from './command-process.js';
import { until } from './until.js';

const PROGRAM = fileURLToPath(new URL('../fixtures/command-line.ts', import.meta.url));
const SOURCE = ['--import', 'tsx', '--conditions=progress-manager-source', PROGRAM];

/** The command line in processes of its own, on the modules of a root and a database that goes with `await using`. */
export class PmProcesses implements AsyncDisposable {
  private constructor(
    private readonly root: string,
    private readonly folder: string,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  /** A SQLite file by default, and files beside it; brought up to date. */
  static async open(root: string, env: Readonly<Record<string, string>> = {}): Promise<PmProcesses> {
    const folder = await mkdtemp(join(tmpdir(), 'progress-manager-processes-'));
    const processes = new PmProcesses(root, folder, {
      DATABASE_URL: `sqlite:${join(folder, 'test.sqlite')}`,
      PM_FILES_DIR: join(folder, 'files'),
      PORT: '0',
      ...env,
    });
    await processes.done('migrate');
    return processes;
  }

  /** Begins a command; `await using` ends what is left of it. */
  begin(...words: readonly string[]): CommandProcess {
    return new CommandProcess(SOURCE, [this.root, ...words], this.env);
  }

  /** Runs a command to its end and gives what it said. Throws when it fails. */
  async done(...words: readonly string[]): Promise<string> {
    await using process = this.begin(...words);
    const { code } = await process.ended;
    if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${process.said}`);
    return process.said;
  }

  /** Serves HTTP, with the loop unless told otherwise; once it listens. */
  async serve(...words: readonly string[]): Promise<{ readonly process: CommandProcess; readonly url: string }> {
    const process = this.begin('serve', ...words);
    const found = () => /http:\/\/[\d.:]+/.exec(process.said)?.[0];
    const ended = process.ended.then(() => {
      throw new Error(`The server ended: ${process.said}`);
    });
    const url = await Promise.race([until('the server listens', found, 20_000), ended]);
    ended.catch(() => undefined);
    return { process, url };
  }

  /** A new key of this user. */
  async key(user: string): Promise<string> {
    return (JSON.parse(await this.done('key:add', '--user', user, '--json')) as { key: string }).key;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { boot } from 'progress-manager';
import { Output } from '../../bin/output.js';
import { runCommand } from '../../bin/program.js';

export interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command line on a database of its own; `pm('list', '--json')` runs a command as its process would. */
export interface CommandLine extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  pm(...words: readonly string[]): Promise<Said>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export async function commandLineForTests(
  more: Readonly<Record<string, string>> = {},
  root: string = ROOT,
): Promise<CommandLine> {
  const folder = await mkdtemp(join(tmpdir(), 'progress-manager-command-line-'));
  const env = {
    DATABASE_URL: `sqlite:${join(folder, 'test.sqlite')}`,
    PM_FILES_DIR: join(folder, 'files'),
    PM_LOG_LEVEL: 'silent',
    PORT: '0',
    ...more,
  };
  return {
    env,
    pm: (...words) => run(words, env, root),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function run(words: readonly string[], env: Readonly<Record<string, string>>, root: string): Promise<Said> {
  const stdout = new TextCollector();
  const stderr = new TextCollector();
  const output = new Output(stdout, stderr, env);
  const exitCode = await runCommand(words, { root, env, output, boot });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** A stream that is no terminal, 100 columns wide. */
export class TextCollector {
  text = '';

  write(text: string): void {
    this.text += text;
  }
}

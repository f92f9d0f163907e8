import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number | null;
  /** The signal that ended it before it could answer. */
  readonly signal: NodeJS.Signals | null;
}

const COMMAND_OF = fileURLToPath(new URL('command-of.ts', import.meta.url));

/** A command of the command line in a process of its own; what is left of it goes with `await using`. */
export class CommandProcess implements AsyncDisposable {
  /** All that it has written. */
  said = '';
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;

  /** `program`: a file, behind options of Node's where there are any. */
  constructor(program: string | readonly string[], words: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [...[program].flat(), ...words], {
      env: { ...process.env, ...env },
      stdio: 'pipe',
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (text) => {
        this.said += text;
      });
    }
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  /** A command on the modules of this folder, run from the sources. */
  static of(root: string, words: readonly string[], env: NodeJS.ProcessEnv): CommandProcess {
    const source = ['--import', 'tsx', '--conditions=progress-manager-source', COMMAND_OF];
    return new CommandProcess(source, [root, ...words], env);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

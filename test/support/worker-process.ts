import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../fixtures/worker.ts', import.meta.url));
const SOURCE = ['--conditions=progress-manager-source', '--import', 'tsx'];

/** A worker in a process of its own, to be killed; what is left of it goes with `await using`. */
export class WorkerProcess implements AsyncDisposable {
  private constructor(private readonly child: ChildProcess) {}

  /** Starts one, of the sources or of a build, and waits until it works. */
  static async start(
    root: string,
    databaseUrl: string,
    filesDir: string,
    env: NodeJS.ProcessEnv = {},
    program = PROGRAM,
  ): Promise<WorkerProcess> {
    const child = fork(program, [root, databaseUrl, filesDir], {
      execArgv: program.endsWith('.ts') ? SOURCE : [],
      env: { ...process.env, ...env },
      stdio: 'inherit',
    });
    const gone = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`The worker ended before it was ready: ${code ?? signal}`);
    });
    await Promise.race([once(child, 'message'), gone]);
    gone.catch(() => undefined);
    return new WorkerProcess(child);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Called once it has ended, whoever ended it. */
  onEnd(heard: () => void): void {
    this.child.once('exit', heard);
  }

  /** `kill -9`: it writes nothing more. */
  async kill(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.kill();
  }
}

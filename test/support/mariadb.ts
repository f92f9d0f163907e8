import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { freePort } from './free-port.js';
import { findOrInstall } from './install.js';
import { makeDataFolder } from './mariadb-data.js';

/** A server of its own, for tests that kill it. */
export interface KillableServer extends TestServer {
  /** `kill -9`: what it had not flushed is gone. */
  kill(): Promise<void>;
  /** Starts it again on its data. */
  again(): Promise<void>;
}

/** A server on which tests may create databases. */
export interface TestServer {
  /** `mysql://user@host:port` */
  readonly url: string;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/** The server that TEST_DATABASE_URL names, else a throw-away one: fresh data, free port, gone after `stop`. */
export async function startTestServer(): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_URL;
  if (given === undefined || given === '') return startThrowAwayServer();
  const url = new URL(given);
  console.log(`Testing on the server at ${url.host} (TEST_DATABASE_URL).`);
  return { url: given, stop: async () => undefined };
}

/** A throw-away server: fresh data, free port, gone after `stop`. */
export async function startThrowAwayServer(): Promise<KillableServer> {
  const program = findOrInstall({
    names: ['mariadbd'],
    package: 'mariadb-server-core',
    variable: 'TEST_DATABASE_URL',
  });
  const folder = mkdtempSync(join(tmpdir(), 'progress-manager-mariadb-'));
  const server = new ThrowAwayServer(folder, await freePort());
  try {
    await server.start(program);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

class ThrowAwayServer implements KillableServer {
  readonly url: string;
  #process: ChildProcess | undefined;
  #program = '';
  readonly #endWithUs = (): void => this.#end();

  constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {
    this.url = `mysql://root@127.0.0.1:${port}`;
  }

  async start(program: string): Promise<void> {
    // vitest answers SIGINT and SIGTERM with process.exit: this listener is the last chance to take the server along.
    process.once('exit', this.#endWithUs);
    const data = join(this.folder, 'data');
    makeDataFolder(program, data, asServerUser());
    this.#program = program;
    await this.again();
  }

  async kill(): Promise<void> {
    if (!this.#process) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  async again(): Promise<void> {
    const data = join(this.folder, 'data');
    this.#process = spawn(
      this.#program,
      [
        '--no-defaults',
        `--datadir=${data}`,
        `--tmpdir=${this.folder}`,
        '--bind-address=127.0.0.1',
        `--port=${this.port}`,
        `--socket=${join(data, 'mariadb.sock')}`,
        `--log-error=${this.#log}`,
        '--innodb-flush-log-at-trx-commit=1',
        ...asServerUser(),
      ],
      { stdio: 'ignore' },
    );
    await this.#answers();
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    this.#end();
    process.off('exit', this.#endWithUs);
  }

  get #log(): string {
    return join(this.folder, 'error.log');
  }

  async #answers(): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const refusal = await refusalOf(this.url);
      if (refusal === undefined) return;
      if (this.#process?.exitCode !== null) throw new Error(`mariadbd ended at its start: ${this.#lastWords()}`);
      if (performance.now() > deadline) {
        throw new Error(`mariadbd did not answer within ${START_TIMEOUT_MS} ms: ${this.#lastWords()}`, {
          cause: refusal,
        });
      }
      await sleep(100);
    }
  }

  #lastWords(): string {
    return readFileSync(this.#log, 'utf8').trim().split('\n').slice(-5).join('\n');
  }

  /** At once and without waiting, as an exit listener must: what the server holds is thrown away anyway. */
  #end(): void {
    this.#process?.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Root must say which user the server runs as; the folder is root's, and the core package makes no user `mysql`. */
function asServerUser(): readonly string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

async function refusalOf(url: string): Promise<unknown> {
  try {
    const connection = await createConnection(url);
    await connection.end();
    return undefined;
  } catch (error) {
    return error;
  }
}

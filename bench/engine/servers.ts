import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.js';

/** A server that only this run uses: fresh data in a folder of its own, a free port, gone after `close`. */
export interface PeerServer {
  readonly port: number;
  close(): Promise<void>;
}

/** As Debian's package redis-server configures it, with its log flushed every second. */
export async function startRedis(): Promise<PeerServer> {
  const program = find(['/usr/bin/redis-server', '/usr/local/bin/redis-server'], 'redis-server');
  return start('redis', (folder, port) => ({
    program,
    args: ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''].concat([
      ...['--appendonly', 'yes', '--appendfsync', 'everysec'],
    ]),
  }));
}

/** With its own defaults: every commit is flushed. */
export async function startPostgres(): Promise<PeerServer> {
  const versions = list('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
  const program = find(
    versions.map((version) => `/usr/lib/postgresql/${version}/bin/postgres`),
    'postgresql',
  );
  const user = ordinaryUser();
  return start('postgres', (folder, port) => {
    if (user) chownSync(folder, user.uid, user.gid);
    const data = join(folder, 'data');
    execFileSync(program.replace(/postgres$/, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'bench', '-E', 'UTF8'], {
      ...{ ...user, cwd: folder, stdio: 'ignore' },
    });
    const args = ['-D', data, '-p', `${port}`, '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=`];
    return { program, args: [...args, '-c', 'max_connections=200'], ...user };
  });
}

type Spawned = { readonly program: string; readonly args: readonly string[]; uid?: number; gid?: number };

async function start(name: string, describe: (folder: string, port: number) => Spawned): Promise<PeerServer> {
  const folder = mkdtempSync(join(tmpdir(), `progress-manager-${name}-`));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const end = () => {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', end);
  try {
    const { program, args, ...as } = describe(folder, port);
    child = spawn(program, args, { stdio: 'ignore', cwd: folder, ...as });
    await answers(port, child);
  } catch (error) {
    end();
    throw error;
  }
  const close = async () => {
    const ended = once(child as ChildProcess, 'exit');
    // PostgreSQL waits for those that are still taking their leave; told to hurry, it breaks their connections.
    child?.kill('SIGTERM');
    const hurry = setTimeout(() => child?.kill('SIGINT'), 5000);
    await ended;
    clearTimeout(hurry);
    end();
    process.off('exit', end);
  };
  return { port, close };
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (const until = performance.now() + 30_000; performance.now() < until; await sleep(100)) {
    if (child.exitCode !== null) break;
    const socket = connect(port, '127.0.0.1');
    const isUp = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isUp) return;
  }
  throw new Error(`${child.spawnfile} did not start.`);
}

function find(paths: readonly string[], name: string): string {
  const found = paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error(`it needs the Debian package ${name}`);
  return found;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** PostgreSQL refuses to run as root. */
function ordinaryUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Flags that decide how modules are found and loaded, with how many words each takes: a child needs the same. */
const LOADING = /^(?:--import|--require|-r|--loader|--experimental-loader|--conditions|-C)$/;
const KEPT =
  /^(?:--(?:import|require|loader|experimental-loader|conditions)=|--enable-source-maps$|--no-warnings$|--disable-warning=|--preserve-symlinks|--experimental-)/;

/**
 * Starts a child process in a group of its own, so that it and what it starts can be killed together, and so that a
 * Ctrl-C in the terminal is the worker's to answer. `memoryMb`: its heap at most.
 */
export function spawnChild(program: URL, memoryMb: number | undefined): ChildProcess {
  const heap = memoryMb === undefined ? [] : [`--max-old-space-size=${memoryMb}`];
  return fork(fileURLToPath(program), [], {
    detached: true,
    serialization: 'advanced',
    execArgv: [...loadingFlags(process.execArgv), ...fromSource(program), ...heap],
    // What it needs of the keys it is told over its channel: the environment of a process can be read by others.
    env: withoutKeys(process.env),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

function withoutKeys({ PM_SECRET_KEY: _keys, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}

/** Kills a child process with all that it has started, also when it is gone itself. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // Nobody is left in it, or nobody that we may end: a helper that has changed its user.
    if (!['ESRCH', 'EPERM'].includes(String((error as { code?: unknown }).code))) throw error;
  }
}

/** Not the inspector's port, the heap's size or the program of this process. */
export function loadingFlags(flags: readonly string[]): string[] {
  return flags.flatMap((flag, at) => {
    if (LOADING.test(flag)) return [flag, flags[at + 1] ?? ''];
    return KEPT.test(flag) && !LOADING.test(flags[at - 1] ?? '') ? [flag] : [];
  });
}

/** In a clone, or under a test runner that loads TypeScript by itself. */
function fromSource(program: URL): string[] {
  if (!program.pathname.endsWith('.ts')) return [];
  const tsx = createRequire(import.meta.url).resolve('tsx');
  return ['--import', pathToFileURL(tsx).href, '--conditions=progress-manager-source'];
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The child processes for jobs that a process has: those with a job, and those that stand by. */
export async function childrenOf(pid: number): Promise<number[]> {
  // It exits with 1 when there is none.
  const { stdout } = await promisify(execFile)('ps', ['--ppid', String(pid), '-o', 'pid=,args=']).catch(
    (error: { readonly code?: unknown; readonly stdout: string }) => {
      if (error.code !== 1) throw error;
      return error;
    },
  );
  return stdout
    .split('\n')
    .filter((line) => /core[/]child[.]ts/.test(line))
    .map((line) => Number.parseInt(line, 10));
}

import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BootOptions, Job } from 'progress-manager';
import type { Wild } from '../../fixtures/wild/modules/wild/services/wild-progress-manager.js';
import { bootForTests } from '../../support/boot-for-tests.js';

export const WILD_ROOT = fileURLToPath(new URL('../../fixtures/wild', import.meta.url));

/** A slice that was begun, as the ledger outside the database has it. */
export interface Begun {
  readonly job: number;
  readonly offset: number;
  readonly pid: number;
}

/** A core whose jobs may do harm, on a database that child processes can open, and what tests ask of it. */
export async function openWild(options: Partial<BootOptions> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'pm-wild-'));
  const [ledger, pids] = [join(folder, 'ledger.txt'), join(folder, 'pids.txt')];
  await Promise.all([writeFile(ledger, ''), writeFile(pids, '')]);
  // Children inherit the environment.
  Object.assign(process.env, { LEDGER: ledger, WILD_PIDS: pids });
  const databaseUrl = `sqlite:${join(folder, 'wild.sqlite')}`;
  const { app, [Symbol.asyncDispose]: close } = await bootForTests({
    ...{ root: WILD_ROOT, databaseUrl, leaseMs: 10_000, limit: 4 },
    ...options,
  });
  const manager = app.container.get('progressManager');
  const knex = app.container.get('knex');
  return {
    ...{ app, manager, knex, folder, ledger },
    databaseUrl: options.databaseUrl ?? databaseUrl,
    async push(type: string, data: Wild): Promise<string> {
      return (await manager.push('A job', type, data)).id;
    },
    /** How the job stands once it has ended. */
    async ended(id: string): Promise<Job> {
      await manager.wait(id, { timeout: 60_000 });
      return (await manager.get(id)) as Job;
    },
    row: async (id: string): Promise<Record<string, unknown>> => knex('progress_manager').where({ id }).first(),
    /** The slices of a job that were begun, in order. */
    async begun(number: number): Promise<Begun[]> {
      const lines = (await readFile(ledger, 'utf8')).split('\n').filter(Boolean);
      return lines
        .map((line) => line.split(' ').map(Number))
        .map(([, job = 0, offset = 0, pid = 0]) => ({ job, offset, pid }))
        .filter(({ job }) => job === number);
    },
    /** Of a child process and the process it started, once it has. */
    async pids(): Promise<number[]> {
      return (await readFile(pids, 'utf8')).split(/\s/).filter(Boolean).map(Number);
    },
    [Symbol.asyncDispose]: async () => {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A process that has ended and waits for its parent to notice does nothing more. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    // ESRCH, or gone between the two, is the answer.
    return false;
  }
}

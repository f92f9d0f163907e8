import { join } from 'node:path';
import { commandLineForTests, type Said } from '../../../test/bin/run-for-tests.js';
import { CommandProcess } from '../../../test/support/command-process.js';
import type { TaskView } from '../services/task-view.js';

export const TIF = 'App\\Services\\TIF';
const SECRET_KEY = `2026:${Buffer.alloc(32, 'k').toString('base64')}`;

export const json = ({ stdout }: Said) => JSON.parse(stdout);

/** The command line on a database file of its own, in this process and in others. */
export async function taskLine(root: string, more: Readonly<Record<string, string>> = {}) {
  const env = { PM_INTERVAL_MS: '50', PM_BEAT_MS: '200', PM_SECRET_KEY: SECRET_KEY, ...more };
  const line = await commandLineForTests(env, root);
  await line.pm('migrate');
  return {
    ...line,
    /** A file beside its database. */
    path: (name: string) => join(line.env.PM_FILES_DIR ?? '', '..', name),
    /** The command in a process of its own. */
    process: (...words: readonly string[]) => CommandProcess.of(root, words, line.env),
    async add(...words: readonly string[]): Promise<string> {
      const said = await line.pm('task:add', ...words);
      if (said.exitCode !== 0) throw new Error(said.stderr);
      return said.stdout.trim();
    },
    show: async (id: number | string): Promise<TaskView> => json(await line.pm('task:show', String(id), '--json')),
  };
}

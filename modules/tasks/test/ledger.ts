import { readFile } from 'node:fs/promises';

export interface Entry {
  readonly word: string;
  readonly id: number;
  readonly pid: number;
}

/** What tasks wrote down, in order; nothing before the first did. */
export async function ledgerOf(path: string): Promise<readonly Entry[]> {
  const text = await readFile(path, 'utf8').catch((error: { code?: string }) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => {
    const [word = '', id, pid] = line.split(' ');
    return { word, id: Number(id), pid: Number(pid) };
  });
}

/** The most tasks that were between their begin and their end at one time. */
export function mostAtOnce(entries: readonly Entry[]): number {
  let running = 0;
  const counts = entries.map(({ word }) => {
    running += word === 'begin' ? 1 : word === 'end' ? -1 : 0;
    return running;
  });
  return Math.max(0, ...counts);
}

/** Is there a process with this id? */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
    return false;
  }
}

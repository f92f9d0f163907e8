import { json, type taskLine } from './command-line.js';

type Line = Awaited<ReturnType<typeof taskLine>>;

/** A manager for a day, in a process of its own: a test ends it. */
export const manager = (line: Line) => line.process('tachesManager:start', '--loop', '1440', '--sleep', '60');

/** The statuses of all jobs, in the order of their ids. */
export async function statusesOf(line: Line): Promise<readonly string[]> {
  const { list }: { list: { number: number; status: { key: string } }[] } = json(
    await line.pm('list', '--type', 'task', '--limit', '200', '--json'),
  );
  return list.sort((one, other) => one.number - other.number).map(({ status }) => status.key);
}

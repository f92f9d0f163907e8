import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Finding, misconfigured, ok } from './finding.js';
import { judgeDisk } from './judge-disk.js';
import { look } from './look.js';

/** The folder of uploads and results. One that is not there yet is made at the start: what counts is where. */
export async function examineFiles(filesDir: string): Promise<readonly Finding[]> {
  const folder = resolve(filesDir);
  const writable = await look('files folder', async () => {
    const place = await nearestThatIs(folder);
    const reason = await refusalOf(place);
    if (reason === undefined) return ok('files folder', `${folder} can be written.`);
    return misconfigured(
      'files folder',
      `${folder} cannot be written (${reason}).`,
      'Mend its rights, or name another folder with PM_FILES_DIR.',
    );
  });
  return [...writable, ...(await examineDisk('files', folder))];
}

/** Room on the disk where this path is, or will be. */
export function examineDisk(what: string, path: string): Promise<readonly Finding[]> {
  return look(`${what} disk`, async () => {
    const place = await nearestThatIs(resolve(path));
    const { bavail, blocks, bsize } = await statfs(place);
    return judgeDisk(what, place, { free: bavail * bsize, total: blocks * bsize });
  });
}

async function nearestThatIs(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    const above = dirname(path);
    if (above === path) throw error;
    return nearestThatIs(above);
  }
}

async function refusalOf(folder: string): Promise<string | undefined> {
  if (!(await stat(folder)).isDirectory()) return 'ENOTDIR';
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

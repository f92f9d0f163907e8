import { FileMissingError, type JobFiles } from 'progress-manager';

const ID_FILE = 'ids.txt';
/** 16 digits hold every safe integer; with all lines of one length, the nth is found without reading the others. */
const DIGITS = 16;
const LINE_BYTES = DIGITS + 1;

/** Name and content of a file of ids, one a line. */
export function idFile(ids: readonly number[]): { readonly name: string; readonly content: string } {
  return { name: ID_FILE, content: ids.map((id) => `${String(id).padStart(DIGITS)}\n`).join('') };
}

/** `count` ids from the `first` on. Throws when the file is missing, or is not the one that was written. */
export async function readIds(
  files: JobFiles,
  fileId: string,
  first: number,
  count: number,
): Promise<readonly number[]> {
  const input = files.inputs.find(({ id }) => id === fileId);
  if (input === undefined) throw new FileMissingError(ID_FILE);
  const content = await files.read(input, first * LINE_BYTES, count * LINE_BYTES);
  const ids = content.toString('latin1').split('\n').slice(0, -1).map(Number);
  if (ids.length === count && ids.every((id) => Number.isSafeInteger(id) && id > 0)) return ids;
  throw new Error(
    `The file of ids is damaged: ${count} were expected from number ${first + 1} on. Push the job again.`,
  );
}

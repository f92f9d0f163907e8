import { type PushContext, RefusedError } from 'progress-manager';

const OPEN_DOCUMENT = 'mimetypeapplication/vnd.oasis.opendocument.spreadsheet';
/** Of a ZIP's end, where the names of its entries stand uncompressed. */
const DIRECTORY_BYTES = 1024 * 1024;

/**
 * The name a task keeps its file by: `mon-fichier-ete.xlsx` for `mon fichier été.xlsx`; `undefined` without a file.
 * Throws RefusedError for a second file, and for one that is no .xlsx or .ods by name and content.
 */
export async function fileNameOf({ inputs, read }: PushContext): Promise<string | undefined> {
  const [file, second] = inputs;
  if (file === undefined) return undefined;
  if (second !== undefined) throw new RefusedError('file_refused', 'A task has one file.');
  const [, base = '', kind] = /^(.*)\.(xlsx|ods)$/is.exec(file.name) ?? [];
  const head = (await read(file, 0, 30 + OPEN_DOCUMENT.length)).toString('latin1');
  const end = await read(file, Math.max(0, file.size - DIRECTORY_BYTES), DIRECTORY_BYTES);
  // The first entry of an OpenDocument says what it is, at a fixed place (OpenDocument 1.2, part 3, 3.3).
  const isOfKind = kind?.toLowerCase() === 'ods' ? head.slice(30) === OPEN_DOCUMENT : end.includes('xl/workbook.xml');
  if (kind === undefined || !head.startsWith('PK\x03\x04') || !isOfKind)
    throw new RefusedError('file_refused', `"${file.name}" is no .xlsx or .ods file by its name and its content.`);
  const plain = base.normalize('NFKD').replace(/\p{Mark}/gu, '');
  const slug = plain.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 200);
  return `${slug.replace(/^-|-$/g, '') || 'fichier'}.${kind.toLowerCase()}`;
}

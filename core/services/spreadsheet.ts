import type { InputFile } from '../contracts/job.js';
import type { JobFiles } from '../contracts/progress-job.js';

const OPEN_DOCUMENT = 'mimetypeapplication/vnd.oasis.opendocument.spreadsheet';
/** The first entry of a ZIP: what stands before its name. */
const HEADER_BYTES = 30;
/** Of a ZIP's end, where the names of its entries stand uncompressed. */
const DIRECTORY_BYTES = 1024 * 1024;

/**
 * What kind of spreadsheet a file is, where its name (in any letter case) and its content say the same; `undefined`: none.
 * `read` is that of `prepareData` or of a slice. Throws as it does.
 */
export async function spreadsheetKind(file: InputFile, read: JobFiles['read']): Promise<'xlsx' | 'ods' | undefined> {
  const kind = (['xlsx', 'ods'] as const).find((each) => file.name.toLowerCase().endsWith(`.${each}`));
  if (kind === undefined) return undefined;
  const head = (await read(file, 0, HEADER_BYTES + OPEN_DOCUMENT.length)).toString('latin1');
  if (!head.startsWith('PK\x03\x04')) return undefined;
  // The first entry of an OpenDocument says what it is, at a fixed place (OpenDocument 1.2, part 3, 3.3).
  if (kind === 'ods') return head.slice(HEADER_BYTES) === OPEN_DOCUMENT ? kind : undefined;
  const end = await read(file, Math.max(0, file.size - DIRECTORY_BYTES), DIRECTORY_BYTES);
  return end.includes('xl/workbook.xml') ? kind : undefined;
}

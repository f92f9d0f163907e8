import { isUtf8 } from 'node:buffer';
import { FileMissingError, type InputFile, type JobContext } from 'progress-manager';
import { countLines } from './cut-rows.js';
import type { ParsedRow, RowParser } from './parse-rows.js';

const MAX_ROW_BYTES = 1024 * 1024;
const MAX_READ_BYTES = 4 * MAX_ROW_BYTES;
const MIN_READ_BYTES = 64 * 1024;
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/** A row with what a person needs to find it. */
export interface FileRow extends Pick<ParsedRow, 'value' | 'problem'> {
  /** The line of the file on which it begins; the first is 1. */
  readonly line: number;
  readonly raw: Buffer;
}

/** Reads rows of an input file from a byte on, and only the bytes it needs. */
export class RowReader {
  /** What was read last: after a bad row the next look begins a line further, and needs no other bytes. */
  #read: { readonly start: number; readonly bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) };

  constructor(
    private readonly context: Pick<JobContext, 'files' | 'signal'>,
    private readonly input: InputFile,
    private readonly parse: RowParser,
    /** Where the next row begins. */
    public byte: number,
    public line: number,
  ) {}

  get isAtEnd(): boolean {
    return this.byte >= this.input.size;
  }

  /** At the beginning of a file: it may say that it is UTF-8. */
  async skipByteOrderMark(): Promise<void> {
    if (this.isAtEnd) return;
    if (BYTE_ORDER_MARK.equals(await this.#bytes(BYTE_ORDER_MARK.length))) this.byte += BYTE_ORDER_MARK.length;
  }

  /**
   * The next `limit` rows; fewer when they are large (4 MiB together) or the file ends. `bytesPerRow` is a guess at
   * how much to read at once. Throws FileMissingError.
   */
  async read(limit: number, bytesPerRow: number): Promise<readonly FileRow[]> {
    const rows: FileRow[] = [];
    const most = this.byte + MAX_READ_BYTES;
    let length = Math.min(MAX_READ_BYTES, Math.max(MIN_READ_BYTES, Math.ceil(1.1 * bytesPerRow * limit)));
    let batch = limit;
    while (rows.length < limit && this.byte < most && !this.isAtEnd) {
      const bytes = await this.#bytes(length);
      const parsed = this.parse(
        bytes,
        Math.min(batch, limit - rows.length),
        this.byte + bytes.length >= this.input.size,
      );
      this.#take(rows, bytes, parsed);
      // After a row that broke off a parse more of them are likely: what follows it would be parsed for nothing.
      if (parsed.rows.at(-1)?.problem !== undefined) {
        batch = 1;
        length = MIN_READ_BYTES;
      } else batch *= 2;
      if (parsed.rows.length > 0 || parsed.end === bytes.length) continue;
      if (length > MAX_ROW_BYTES) rows.push(await this.#skipLine());
      else length *= 4;
    }
    return rows;
  }

  #take(rows: FileRow[], bytes: Buffer, parsed: ReturnType<RowParser>): void {
    const areUtf8 = isUtf8(bytes.subarray(0, parsed.end));
    let position = 0;
    for (const { start, end, value, problem } of parsed.rows) {
      if (start > position) this.line += countLines(bytes.subarray(position, start));
      const raw = bytes.subarray(start, end);
      rows.push({ line: this.line, raw, value, problem: problem ?? flaw(raw, areUtf8) });
      this.line += countLines(raw);
      position = end;
    }
    this.line += countLines(bytes.subarray(position, parsed.end));
    this.byte += parsed.end;
  }

  /** Gives up a row that is too large to be one, up to the end of its first line, however far that is. */
  async #skipLine(): Promise<FileRow> {
    let raw: Buffer | undefined;
    let isLineOver = false;
    while (!isLineOver && !this.isAtEnd) {
      const bytes = await this.#bytes(MAX_ROW_BYTES);
      const newline = bytes.indexOf('\n');
      isLineOver = newline !== -1;
      const part = isLineOver ? bytes.subarray(0, newline + 1) : bytes;
      raw ??= part;
      this.byte += part.length;
    }
    const problem = 'larger than 1 MiB, or a quote is not closed';
    return { line: this.line++, raw: raw ?? Buffer.alloc(0), value: undefined, problem };
  }

  async #bytes(length: number): Promise<Buffer> {
    this.context.signal.throwIfAborted();
    const read = this.#read;
    const from = this.byte - read.start;
    const isThere =
      from >= 0 && (read.bytes.length - from >= length / 2 || read.start + read.bytes.length >= this.input.size);
    if (isThere && from < read.bytes.length) return read.bytes.subarray(from, from + length);
    const bytes = await this.context.files.read(this.input, this.byte, length);
    if (bytes.length === 0) throw new FileMissingError(this.input.name);
    this.#read = { start: this.byte, bytes };
    return bytes;
  }
}

function flaw(raw: Buffer, areUtf8: boolean): string | undefined {
  if (raw.length > MAX_ROW_BYTES) return 'larger than 1 MiB';
  return areUtf8 || isUtf8(raw) ? undefined : 'not UTF-8';
}

import type { FileHandle } from 'node:fs/promises';

/** Writes all bytes from a position on. A single write may take fewer, as on a disk that is filling up; the next then throws. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

import { InvalidInputError, TooLargeError } from '../contracts/errors.js';
import { chunksOf } from './body-chunks.js';

/** `data` of a push may be 1 MiB; the rest is room for the other fields and for spaces. */
const MAX_BYTES = 1.25 * 1024 * 1024;
const WHOLE_WITHIN_MS = 30_000;

/** A request's body. Throws 413 past 1.25 MiB, 408 when it takes longer than 30 s, and 400 for what is not UTF-8. */
export async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get('Content-Length')) > MAX_BYTES) throw tooLarge();
  const deadline = performance.now() + WHOLE_WITHIN_MS;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(request, () => deadline - performance.now())) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new InvalidInputError('body', 'is not UTF-8.');
  }
}

function tooLarge(): TooLargeError {
  return new TooLargeError('The body is larger than 1.25 MiB. Upload what is large with PUT /api/files.');
}

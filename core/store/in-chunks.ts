/** So that each fits into a packet of the smallest that servers take (1 MB), and SQLite's 500 terms of a UNION. */
const MOST_ROWS = 200;
const MOST_BYTES = 512 * 1024;

/** A list in parts that each fit into one statement, in their order. */
export function inChunks<T>(list: readonly T[], bytesOf: (item: T) => number): T[][] {
  const chunks: T[][] = [];
  let bytes = 0;
  for (const item of list) {
    const chunk = chunks.at(-1);
    bytes += bytesOf(item);
    if (chunk && chunk.length < MOST_ROWS && bytes <= MOST_BYTES) {
      chunk.push(item);
    } else {
      chunks.push([item]);
      bytes = bytesOf(item);
    }
  }
  return chunks;
}

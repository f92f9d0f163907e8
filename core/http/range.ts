/** Bytes `start` to `end`, both inclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * What a Range header asks for of a content of `size` bytes. RFC 9110 lets a server ignore what it does not serve:
 * other units, malformed headers and lists of ranges get the whole.
 */
export function rangeOf(header: string | undefined, size: number): ByteRange | 'whole' | 'outside' {
  const [, first, last] = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole';
  if (first === '') return within(Math.max(0, size - Number(last)), size - 1);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return last !== '' && Number(last) < Number(first) ? 'whole' : within(Number(first), end);
}

function within(start: number, end: number): ByteRange | 'outside' {
  return start <= end ? { start, end } : 'outside';
}

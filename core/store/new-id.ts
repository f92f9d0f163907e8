import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';

const ID_BYTES = 16;
const IDS_AT_ONCE = 256;

let random = Buffer.alloc(0);
let used = 0;

/** A UUID v7. Random bytes are drawn for many at once: one by one they are the dearest part of a push. */
export function newId(): string {
  if (used === random.length) {
    random = randomBytes(ID_BYTES * IDS_AT_ONCE);
    used = 0;
  }
  const own = random.subarray(used, used + ID_BYTES);
  used += ID_BYTES;
  return v7({ random: own });
}

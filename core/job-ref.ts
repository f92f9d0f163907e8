import { validate as isUuid } from 'uuid';
import type { JobRef } from './contracts/job-store.js';

/** A job's id or number as it may be asked for; `undefined` for what can be neither. Text of digits is a number. */
export function jobRef(ref: unknown): JobRef | undefined {
  if (typeof ref === 'number') return Number.isSafeInteger(ref) && ref > 0 ? ref : undefined;
  if (typeof ref !== 'string') return undefined;
  if (/^[1-9]\d{0,15}$/.test(ref)) return jobRef(Number(ref));
  return isUuid(ref) ? ref.toLowerCase() : undefined;
}

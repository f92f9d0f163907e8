import { faultOfMysqlAddress, faultOfSecretKeys } from 'progress-manager';
import { z } from 'zod';

/** A whole number of a unit within bounds, both inclusive. */
export function whole(from: number, to: number, unit: string) {
  return z
    .string()
    .refine((text) => /^\d{1,15}$/.test(text) && Number(text) >= from && Number(text) <= to, {
      error: `must be a whole number from ${from} to ${to} (${unit})`,
    })
    .transform(Number);
}

const BYTES_OF = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 } as const;
const SIZE = /^(\d{1,15}(?:\.\d{1,3})?)(B|KB|MB|GB|TB)?$/;

/** A size such as `1GB`, `1.5MB` or `4096` (bytes), in units of 1024; 1KB to 1TB. Gives bytes. */
export function size() {
  return z
    .string()
    .transform(bytesOf)
    .refine((bytes) => bytes >= BYTES_OF.KB && bytes <= BYTES_OF.TB, {
      error: 'must be a size from 1KB to 1TB, for example 500MB or 1GB',
    });
}

/** NaN for what is no size: it lies outside every bound. */
function bytesOf(text: string): number {
  const [, amount, unit = 'B'] = SIZE.exec(text.replaceAll(' ', '').toUpperCase()) ?? [];
  return Math.floor(Number(amount) * BYTES_OF[unit as keyof typeof BYTES_OF]);
}

/** The address of a database. Its faults never repeat it: it may hold a password. */
export function databaseUrl() {
  return z.string().superRefine((text, context) => {
    const fault = text.startsWith('sqlite:') ? faultOfSqlite(text) : faultOfMysqlAddress(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });
}

/** `id:key`, several separated by commas. Its faults repeat nothing of it. */
export function secretKeys() {
  return z
    .string()
    .transform((text) => text.split(',').map((entry) => entry.trim()))
    .superRefine((entries, context) => {
      const fault = faultOfSecretKeys(entries);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    });
}

function faultOfSqlite(text: string): string | undefined {
  return text === 'sqlite:' ? 'names no file: write sqlite:./data/progress-manager.sqlite' : undefined;
}

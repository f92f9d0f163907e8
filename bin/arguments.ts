import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { InvalidArgumentError } from 'commander';
import { InvalidInputError } from '../core/contracts/errors.js';
import { isStatus, STATUSES, type Status } from '../core/contracts/status.js';

/** A whole number; its range is for whoever uses it. */
export function wholeNumber(argument: string): number {
  if (!/^-?\d{1,15}$/.test(argument)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(argument);
}

/** `a,b` */
export function list(argument: string): readonly string[] {
  return argument.split(',').filter(Boolean);
}

/** `new,in_progress` */
export function statuses(argument: string): readonly Status[] {
  return list(argument).map((status) => {
    if (!isStatus(status)) throw new InvalidArgumentError(`Statuses are ${STATUSES.join(', ')}.`);
    return status;
  });
}

/** Gathers an option that may be given several times. */
export function several(argument: string, before: readonly string[] = []): readonly string[] {
  return [...before, argument];
}

/** An option that holds JSON: itself, `@file` that holds it, or `-` for stdin. Throws InvalidInputError. */
export async function readData(argument: string | undefined, option = '--data'): Promise<unknown> {
  if (argument === undefined) return undefined;
  const json = await readText(argument, option);
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new InvalidInputError(option, `is not JSON: ${(cause as Error).message}`, { cause });
  }
}

async function readText(argument: string, option: string): Promise<string> {
  if (argument === '-') return text(process.stdin);
  if (!argument.startsWith('@')) return argument;
  try {
    return await readFile(argument.slice(1), 'utf8');
  } catch (cause) {
    throw new InvalidInputError(option, `the file ${argument.slice(1)} cannot be read`, { cause });
  }
}

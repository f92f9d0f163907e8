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

/** `name=value` each; no name twice. Throws InvalidInputError. */
export function pairs(given: readonly string[] | undefined, option: string): Readonly<Record<string, string>> {
  const values = new Map<string, string>();
  for (const pair of given ?? []) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined)
      throw new InvalidInputError(option, `must be name=value, and is "${pair}".`);
    if (values.has(name)) throw new InvalidInputError(option, `names "${name}" twice.`);
    values.set(name, value);
  }
  return Object.fromEntries(values);
}

/** A number, from 0. Throws InvalidInputError that names the option. */
export function number(given: string, option: string): number {
  if (!/^\d{1,15}(?:\.\d{1,15})?$/.test(given))
    throw new InvalidInputError(option, `must be a number, and is "${given}".`);
  return Number(given);
}

/** An option that holds JSON: itself, `@file` that holds it, or `-` for stdin. Throws InvalidInputError. */
export async function readData(argument: string | undefined, option = '--data'): Promise<unknown> {
  if (argument === undefined) return undefined;
  const json = isElsewhere(argument) ? await readText(option, argument) : argument;
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new InvalidInputError(option, `is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Secrets of a push, `name=@file` or `name=-` each; a line's end at the end of a file is none of the secret. Throws
 * InvalidInputError, which repeats nothing of what may be a secret.
 */
export async function readSecrets(given: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const secrets: Record<string, string> = Object.create(null);
  for (const argument of given) {
    const [, name, from] = /^([^=]+)=(-|@.+)$/s.exec(argument) ?? [];
    if (name === undefined || from === undefined) throw new InvalidInputError('--secret', HOW_SECRETS);
    if (name in secrets) throw new InvalidInputError('--secret', 'names one of them twice.');
    secrets[name] = (await readText('--secret', from)).replace(/\r?\n$/, '');
  }
  return { ...secrets };
}

const HOW_SECRETS =
  'must be name=@file, or name=- for stdin. A value in the command itself could be read by everybody on this machine, and would stay in the history of the shell.';

/** Stdin can be read once. Throws InvalidInputError. */
export function refuseStdinTwice(json: Readonly<Record<string, string | undefined>>, secrets: readonly string[]): void {
  const readers = [
    ...secrets.filter((secret) => secret.endsWith('=-')).map(() => '--secret'),
    ...Object.keys(json).filter((option) => json[option] === '-'),
  ];
  const [reader] = readers;
  if (reader !== undefined && readers.length > 1)
    throw new InvalidInputError(reader, 'stdin can be read once. Give the others as @file.');
}

const isElsewhere = (argument: string) => argument === '-' || argument.startsWith('@');

async function readText(option: string, from: string): Promise<string> {
  if (from === '-') return text(process.stdin);
  try {
    return await readFile(from.slice(1), 'utf8');
  } catch (cause) {
    throw new InvalidInputError(option, `the file ${from.slice(1)} cannot be read`, { cause });
  }
}

import { checkUserId } from '../contracts/check-text.js';
import { nearest } from './nearest.js';

/** An object as a config has them. */
export type Plain = Readonly<Record<string, unknown>>;

/** Keys that would reach an object's prototype when it is merged. */
export const PROTOTYPE_KEYS = ['__proto__', 'constructor', 'prototype'];

/** Keys that nobody knows, with what was meant. */
export function unknownKeys(value: Plain, known: readonly string[], at: string): string[] {
  return Object.getOwnPropertyNames(value)
    .filter((key) => !known.includes(key))
    .map((key) => {
      if (PROTOTYPE_KEYS.includes(key))
        return `${at} has the key "${key}", which would change every object. Remove it.`;
      return `${at} has an unknown key "${key}". ${nearest(key, known)}`;
    });
}

/** An option that may be left out. */
export function checkOption(
  at: string,
  value: Plain,
  key: string,
  fits: (value: unknown) => boolean,
  wanted: string,
): string[] {
  return value[key] === undefined || fits(value[key]) ? [] : [`${at}.${key} must be ${wanted}.`];
}

/** `override`, where a key may replace an earlier one. */
export function checkOverride(at: string, value: Plain): string[] {
  return checkOption(at, value, 'override', isBoolean, 'true or false');
}

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a name, a key or an owner may be. */
export const TEXT = 'a text of 1 to 255 characters, without control characters and outer spaces';

export function isText(value: unknown): boolean {
  try {
    checkUserId('', value);
    return true;
  } catch {
    return false;
  }
}

export const isBoolean = (value: unknown) => typeof value === 'boolean';

export const isWhole = (value: unknown, from: number, to: number) =>
  Number.isInteger(value) && (value as number) >= from && (value as number) <= to;

/** What was written instead, in words. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

export const isFunction = (value: unknown) => typeof value === 'function';

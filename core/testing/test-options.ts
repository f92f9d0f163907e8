import { join } from 'node:path';
import type { BootOptions } from '../boot-options.js';
import type { Logger } from '../contracts/logger.js';

/** A line of the engine's log. */
export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Keeps what is logged instead of printing it. */
export function keptLog(lines: LoggedLine[]): Logger {
  const at = (level: LoggedLine['level']) => (fields: object, message: string) =>
    void lines.push({ level, fields: { ...fields }, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** What tests boot with where they say nothing else: an empty database in memory, no page, and short times. */
export function testOptions(filesDir: string): Omit<BootOptions, 'root'> {
  return {
    databaseUrl: 'sqlite::memory:',
    migrate: true,
    logger: keptLog([]),
    filesDir,
    // No page, whether or not this folder was built.
    webDir: join(filesDir, 'no-page'),
    intervalMs: 50,
    beatMs: 50,
    graceMs: 1000,
  };
}

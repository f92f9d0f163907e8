import { readSettings } from '../config/settings.js';
import { tables } from '../config/tables.js';
import type { App } from '../core/app.js';
import type { BootOptions } from '../core/boot-options.js';
import type { DebugSink } from '../core/contracts/job-log.js';
import { jsonLogger } from '../core/logging/json-logger.js';
import type { CommandContext } from './command-context.js';

interface OpenOptions {
  readonly migrate: boolean;
  /** Logs everything, whatever PM_LOG_LEVEL says. */
  readonly isDebug?: boolean;
  /** Takes what jobs say by `context.debug`. */
  readonly debugSink?: DebugSink;
  /** Goes before what the environment says. */
  readonly instead?: Partial<BootOptions>;
}

/** The application as the environment describes it, with its loop not started. Throws as `boot` does. */
export function openApp(
  { root, env, boot }: CommandContext,
  { migrate, isDebug, debugSink, instead }: OpenOptions,
): Promise<App> {
  const { host: _host, port: _port, logLevel, ...options } = readSettings(env);
  const logger = jsonLogger(isDebug ? 'debug' : logLevel);
  return boot({
    ...options,
    root,
    tables,
    migrate,
    logger,
    watchdog: true,
    ...(debugSink && { debugSink }),
    ...instead,
  });
}

/** Runs `work` on the application and lets go of it afterwards. Throws StoreUnavailableError when tables are missing. */
export async function withApp<T>(context: CommandContext, work: (app: App) => Promise<T>): Promise<T> {
  await using app = await openApp(context, { migrate: false });
  return await work(app);
}

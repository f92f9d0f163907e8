import { readSettings } from '../config/settings.js';
import { tables } from '../config/tables.js';
import type { App } from '../core/app.js';
import { rehearse } from '../core/boot.js';
import type { DebugSink } from '../core/contracts/job-log.js';
import { jsonLogger } from '../core/logging/json-logger.js';
import type { CommandContext } from './command-context.js';

interface OpenOptions {
  readonly migrate: boolean;
  /** Logs everything, whatever PM_LOG_LEVEL says. */
  readonly isDebug?: boolean;
  /** Takes what jobs say by `context.debug`. */
  readonly debugSink?: DebugSink;
}

/** The application as the environment describes it, with its loop not started. Throws as `boot` does. */
export function openApp(context: CommandContext, { migrate, isDebug, debugSink }: OpenOptions): Promise<App> {
  const { logLevel, ...options } = optionsOf(context);
  const logger = jsonLogger(isDebug ? 'debug' : logLevel);
  return context.boot({ ...options, migrate, logger, watchdog: true, ...(debugSink && { debugSink }) });
}

/** Makes the application, and lets it go, without a look at its database. Throws as `boot` does. */
export function rehearseApp(context: CommandContext): Promise<void> {
  const { logLevel: _, ...options } = optionsOf(context);
  return rehearse({ ...options, logger: jsonLogger('error') });
}

function optionsOf({ root, env }: CommandContext) {
  const { host: _host, port: _port, ...options } = readSettings(env);
  return { ...options, root, tables };
}

/** Runs `work` on the application and lets go of it afterwards. Throws StoreUnavailableError when tables are missing. */
export async function withApp<T>(context: CommandContext, work: (app: App) => Promise<T>): Promise<T> {
  await using app = await openApp(context, { migrate: false });
  return await work(app);
}

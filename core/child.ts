import { bindServices } from './container/bind.js';
import { AppContainer } from './container/container.js';
import { loadServices } from './container/load-services.js';
import { describeError } from './contracts/describe-error.js';
import type { Logger } from './contracts/logger.js';
import { ChildSlices } from './loop/isolation/child-slices.js';
import type { ChildOptions, FromChild, ToChild } from './loop/isolation/messages.js';
import { endWithParent } from './loop/isolation/watchdog.js';
import { loadRegistry } from './registry/registry.js';
import { openDatabase } from './store/open-database.js';
import { blameSlice } from './store/scope.js';

/**
 * The program of a job's child process: a core of its own on the same database, without loop, beat and HTTP. It is
 * told what to do by the worker that started it, and lives no longer than that.
 */
const send = (message: FromChild): void => {
  // Without the worker there is nobody to tell.
  process.send?.(message, undefined, undefined, () => undefined);
};

const at = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) =>
  send({ kind: 'log', level, fields: sendable(fields), message });
const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };

process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
endWithParent();
process.once('message', async (first: ToChild) => {
  if (first.kind !== 'open') return;
  const waiting: ToChild[] = [];
  const keep = (message: ToChild): unknown => waiting.push(message);
  process.on('message', keep);
  try {
    const slices = await open(first.options);
    process.off('message', keep);
    process.on('message', (message: ToChild) => slices.hear(message));
    send({ kind: 'ready' });
    for (const message of waiting) slices.hear(message);
  } catch (error) {
    process.send?.({ kind: 'failed', message: `could not begin: ${describeError(error)}` }, () => process.exit(1));
  }
});

async function open(options: ChildOptions): Promise<ChildSlices> {
  const registry = await loadRegistry(options.root);
  const services = await loadServices(options.servicesFrom);
  // One connection for the slice, one for what its services ask besides.
  const database = await openDatabase({ url: options.databaseUrl, pool: 3 });
  const container = new AppContainer();
  const { running, slices } = bindServices(container, {
    ...{ ...options, registry, database, logger, services },
    ...{ limit: 1, keepDays: 0, child: undefined, watchdog: false },
    debugSink: options.hearsDebug ? (line) => send({ kind: 'debug', line }) : undefined,
  });
  const events = container.get('jobEvents');
  for (const name of ['pushed', 'due'] as const) events.on(name, (job) => send({ kind: 'due', job }));
  events.on('cancelled', (number) => send({ kind: 'cancelled', number }));
  events.on('ended', (id, _isQuiet, parent) => send({ kind: 'ended', id, parent }));
  const blame = (error: unknown): void => {
    const isBlamed = blameSlice(error);
    container
      .get('logger')
      .error({ error: describeError(error), ofASlice: isBlamed }, 'an error was thrown outside every call');
  };
  process.on('uncaughtException', blame).on('unhandledRejection', blame);
  const end = async (): Promise<void> => {
    await container.close();
    await database.close();
    process.exit(0);
  };
  return new ChildSlices({ slices, running, logger: container.get('logger'), options, send, end: () => void end() });
}

/** A log line may hold what cannot cross: a function, a class's instance. */
function sendable(fields: object): object {
  try {
    return JSON.parse(JSON.stringify(fields)) as object;
  } catch (error) {
    return { fields: describeError(error) };
  }
}

import type { Command } from 'commander';
import { readSettings } from '../../config/settings.js';
import type { App } from '../../core/app.js';
import type { CommandContext } from '../command-context.js';
import { HttpServer } from '../http-server.js';
import { openApp } from '../open-app.js';
import { keepAliveThroughStrayErrors } from '../stray-errors.js';
import { hearSignal, sayStopping, untilStopped } from '../until-stopped.js';
import { failWhenWornOut } from '../worn-out.js';

export interface ServeOptions {
  /** Run the loop too. */
  readonly work: boolean;
  /** Goes on beside the server; when it throws, the server stops. Its signal fires when the server stops. */
  readonly beside?: (app: App, signal: AbortSignal) => Promise<void>;
}

/** `serve`: HTTP, page and loop in one process. */
export function addServe(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('serve HTTP and the page, and carry jobs forward')
    .option('--no-work', 'leave the jobs to other processes')
    .action(({ work }: { readonly work: boolean }) => serve(context, { work }));
}

/** Serves until a signal; prints one line with an address that signs an admin in once. */
export async function serve(context: CommandContext, { work, beside }: ServeOptions): Promise<void> {
  const { host, port, graceMs } = readSettings(context.env);
  using signal = hearSignal();
  await using app = await openApp(context, { migrate: true });
  using _kept = keepAliveThroughStrayErrors(app);
  await using server = await HttpServer.listen((request) => app.handler(request), host, port);
  if (work && !signal.isHeard) await app.start();
  sayWhere(context, server.url, app);

  const stopping = new AbortController();
  const stop = async (): Promise<boolean> => {
    stopping.abort();
    sayStopping(context, graceMs);
    const [inTime] = await Promise.all([app.stop(), server.close(graceMs)]);
    return inTime;
  };
  const others = beside ? [endless(beside(app, stopping.signal))] : [];
  context.exitWith(await untilStopped(signal, { stop, work: Promise.race([failWhenWornOut(app), ...others]) }));
}

/** The code stands in the fragment: it reaches no server log and no Referer. */
function sayWhere({ output }: CommandContext, url: string, app: App): void {
  const address = `${url}/#code=${app.container.get('signIn').issue({ id: 'admin', isAdmin: true })}`;
  output.result({ url, signIn: address }, () => `Sign in within 10 minutes: ${address}`);
}

/** What goes on beside the server ends it only by failing. */
async function endless(beside: Promise<void>): Promise<never> {
  await beside;
  return new Promise(() => undefined);
}

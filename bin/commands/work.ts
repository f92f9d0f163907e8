import type { Command } from 'commander';
import { readSettings } from '../../config/settings.js';
import { wholeNumber } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { openApp } from '../open-app.js';
import { keepAliveThroughStrayErrors } from '../stray-errors.js';
import { hearSignal, sayStopping, untilStopped } from '../until-stopped.js';
import { workFor } from '../work-for.js';
import { failWhenWornOut } from '../worn-out.js';

/** `work` (the loop alone, until a signal) and `tick` (one pass, for cron). */
export function addWork(program: Command, context: CommandContext): void {
  program
    .command('work')
    .description('carry jobs forward until stopped, without HTTP')
    .option('--for <seconds>', 'then begin nothing more, and end when what runs has ended, for cron', wholeNumber)
    .action((options: { readonly for?: number }) =>
      options.for === undefined ? work(context) : workFor(context, options.for * 1000, '--for'),
    );
  program
    .command('tick')
    .description('push what schedules have due, and carry each due job one slice forward, for cron')
    .action(() => tick(context));
}

async function work(context: CommandContext): Promise<void> {
  const { graceMs } = readSettings(context.env);
  // First of all: a signal that comes while the database is opened, and perhaps migrated, must not cut that off.
  using signal = hearSignal();
  await using app = await openApp(context, { migrate: true });
  using _kept = keepAliveThroughStrayErrors(app);
  if (!signal.isHeard) {
    await app.start();
    context.output.note('Working. Ctrl-C stops.');
  }
  const stop = (): Promise<boolean> => {
    sayStopping(context, graceMs);
    return app.stop();
  };
  context.exitWith(await untilStopped(signal, { stop, work: failWhenWornOut(app) }));
}

async function tick(context: CommandContext): Promise<void> {
  const { graceMs } = readSettings(context.env);
  using signal = hearSignal();
  await using app = await openApp(context, { migrate: true });
  using _kept = keepAliveThroughStrayErrors(app);
  if (signal.isHeard) return;
  const telling = app.container.get('telling');
  const pass = app
    .tick()
    .then(async (moved) => {
      // Nobody else may look for what a killed pass could not tell.
      await telling.catchUp();
      await telling.settled(graceMs);
      return moved;
    })
    .then((moved) => context.output.result({ moved }, () => (moved === 1 ? '1 job moved.' : `${moved} jobs moved.`)));
  context.exitWith(await untilStopped(signal, { stop: () => app.stop(), work: pass }));
}

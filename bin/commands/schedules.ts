import type { Command } from 'commander';
import type { ScheduleView } from '../../core/contracts/schedule.js';
import { scheduleJson } from '../../core/http/schedule-view.js';
import type { CommandContext } from '../command-context.js';
import { withApp } from '../open-app.js';
import { schedulesText } from '../schedules-text.js';
import { printable } from '../text-width.js';

/** `schedules`, `schedules run|pause|resume <name>`: what is pushed by the clock. */
export function addSchedules(program: Command, context: CommandContext): void {
  const schedules = program
    .command('schedules')
    .description('list what is pushed by the clock, with the last and the next runs')
    .action(() => listSchedules(context));
  schedules
    .command('run')
    .description('push a job of a schedule now, besides its runs')
    .argument('<name>', 'see "schedules"')
    .action((name: string) => runSchedule(context, name));
  schedules
    .command('pause')
    .description('let the runs of a schedule pass')
    .argument('<name>', 'see "schedules"')
    .action((name: string) => change(context, name, 'pauseSchedule', 'is paused'));
  schedules
    .command('resume')
    .description('let a paused schedule run again')
    .argument('<name>', 'see "schedules"')
    .action((name: string) => change(context, name, 'resumeSchedule', 'runs again'));
}

function listSchedules(context: CommandContext): Promise<void> {
  return withApp(context, async ({ container }) => {
    const schedules = await container.get('progressManager').schedules();
    context.output.result(schedules.map(scheduleJson), () => schedulesText(schedules, context.output.width));
  });
}

function runSchedule(context: CommandContext, name: string): Promise<void> {
  return withApp(context, async ({ container }) => {
    const { id, number } = await container.get('progressManager').runScheduleNow(name);
    context.output.result({ id, number }, () => `Pushed job ${number} (${id}).`);
  });
}

function change(
  context: CommandContext,
  name: string,
  method: 'pauseSchedule' | 'resumeSchedule',
  words: string,
): Promise<void> {
  return withApp(context, async ({ container }) => {
    const schedule = await container.get('progressManager')[method](name);
    context.output.result(
      scheduleJson(schedule),
      () => `The schedule ${printable(name)} ${words}.${nextWords(schedule)}`,
    );
  });
}

function nextWords({ isGone, next: [next] }: ScheduleView): string {
  if (isGone) return ' But no module declares it any more.';
  return next === undefined ? '' : ` Next: ${next}.`;
}

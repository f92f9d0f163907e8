import type { App } from '../core/app.js';

/**
 * Never ends but by throwing, once as many slices go on as the process has places, although they were told to stop: the
 * command that waits for it lets go of its application, which gives the jobs back, and whoever watches over the process
 * begins a fresh one.
 */
export async function failWhenWornOut(app: App): Promise<never> {
  await app.untilWornOut();
  throw new Error(
    'As many slices as this process has places go on although they were told to stop. It ends, so that a fresh one can begin; "isolation: \'process\'" for their types has such slices killed instead.',
  );
}

import type { App } from '../core/app.js';

/**
 * Never ends but by throwing: once as many slices go on as the process has places, although they were told to stop, it
 * gives its jobs back and fails, so that whoever watches over it begins a fresh one.
 */
export async function failWhenWornOut(app: App): Promise<never> {
  await app.untilWornOut();
  throw new Error(
    'As many slices as this process has places go on although they were told to stop. It ends, so that a fresh one can begin; "isolation: \'process\'" for their types has such slices killed instead.',
  );
}

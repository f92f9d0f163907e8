import type { ClassOf, HookEvents, HookInterface, HookName, Services } from 'progress-manager';
import { inject } from 'progress-manager';
import type { EspoEvents } from './espo-progress-manager.js';

/** A hook that tells the listeners of `espoProgressManager`. The payload is made only when there are any. */
export function tells<N extends HookName, E extends keyof EspoEvents>(
  event: E,
  payload: (told: HookEvents[N]) => EspoEvents[E],
): ClassOf<HookInterface<N>> {
  class TellListeners {
    constructor(@inject('espoProgressManager') private readonly espo: Services['espoProgressManager']) {}

    handle(told: HookEvents[N]): Promise<void> {
      return this.espo.tell(event, () => payload(told));
    }
  }
  return TellListeners;
}

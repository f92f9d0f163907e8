import type { App } from '../core/app.js';

/** Hands errors that nobody caught to the application, which blames the job they came from; the process lives on. */
export function keepAliveThroughStrayErrors(app: App): Disposable {
  const blame = (error: unknown): void => app.strayError(error);
  process.on('uncaughtException', blame).on('unhandledRejection', blame);
  return {
    [Symbol.dispose]: () => {
      process.off('uncaughtException', blame).off('unhandledRejection', blame);
    },
  };
}

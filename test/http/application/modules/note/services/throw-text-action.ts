import type { StatusActionInterface } from 'progress-manager';

/** Throws what is no Error, as careless code does. */
export class ThrowTextAction implements StatusActionInterface {
  getProgressStatusActionData(): Readonly<Record<string, unknown>> {
    return {};
  }

  executeStatusAction(): never {
    throw 'canary-thrown-text';
  }
}

import { ProgressManagerError } from '../contracts/errors.js';

/** A mistake in the request itself: wrong method, no credentials, malformed body. */
export class HttpError extends ProgressManagerError {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

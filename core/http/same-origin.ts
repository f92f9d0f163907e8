import { HttpError } from './http-error.js';

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Refuses a changing request with 403 unless the browser vouches that a page of this very origin sent it. */
export function refuseOtherOrigins(request: Request): void {
  if (SAFE_METHODS.includes(request.method)) return;
  if (!isSameOrigin(request)) {
    throw new HttpError(
      403,
      'cross_site',
      'With a session cookie, changes are accepted from pages of this address only. Programs send a key.',
    );
  }
}

/** As `refuseOtherOrigins`, but programs, which say nothing about an origin, pass: for requests that need no cookie. */
export function refuseNamedOtherOrigins(request: Request): void {
  if (request.headers.has('Sec-Fetch-Site') || request.headers.has('Origin')) refuseOtherOrigins(request);
}

function isSameOrigin(request: Request): boolean {
  const site = request.headers.get('Sec-Fetch-Site');
  if (site !== null) return site === 'same-origin' || site === 'none';
  return request.headers.get('Origin') === new URL(request.url).origin;
}

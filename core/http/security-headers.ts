const PAGE_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
].join('; ');

/** Adds to an answer what every answer carries; a stricter policy or a caching rule that a route has set stays. */
export function secured(answer: Response, requestId: string): Response {
  // A redirect, and what was fetched elsewhere, have headers that nobody may change.
  const { body, status, statusText } = answer;
  const response = new Response(body, { status, statusText, headers: new Headers(answer.headers) });
  const { headers } = response;
  headers.set('X-Request-Id', requestId);
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('Referrer-Policy', 'no-referrer');
  if (!headers.has('Content-Security-Policy')) headers.set('Content-Security-Policy', PAGE_POLICY);
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
  return response;
}

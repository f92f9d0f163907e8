/** Codes of the answers, as far as they apply here. */
export const CODES = {
  ok: 0,
  validation: 1,
  notFound: 2,
  unknownError: 3,
  badModule: 4,
  badMethod: 5,
  badFormat: 6,
  login: 8,
  noAccess: 9,
  conflict: 10,
  missingParameter: 11,
  tooFast: 30,
  inBackground: 100,
  general: 999,
} as const;

export interface Answer {
  readonly code: (typeof CODES)[keyof typeof CODES];
  readonly data?: unknown;
  /** Empty for what went well. */
  readonly message?: string;
}

export type Format = 'json' | 'xml';

/** `output=json` (default) or `output=xml`; `undefined` for another. */
export function formatOf(query: URLSearchParams): Format | undefined {
  const output = (query.get('output') ?? 'json').toLowerCase();
  return output === 'json' || output === 'xml' ? output : undefined;
}

/** The envelope of every answer, also of refusals; its HTTP status is 200, which is all that clients of this kind expect. */
export function enveloped(
  { code, data = null, message = '' }: Answer,
  format: Format = 'json',
  headers: Readonly<Record<string, string>> = {},
): Response {
  const envelope = { code, data, message };
  if (format === 'json') return Response.json(envelope, { headers });
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n${element('response', envelope)}`;
  return new Response(xml, { headers: { ...headers, 'Content-Type': 'application/xml; charset=UTF-8' } });
}

function element(name: string, value: unknown): string {
  const inside =
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([key, each]) => element(nameOf(key), each))
          .join('')
      : escaped(String(value ?? ''));
  return `<${name}>${inside}</${name}>`;
}

/** A field may be called as no element can be. */
const nameOf = (key: string): string => (/^[A-Za-z_][\w.-]*$/.test(key) ? key : 'field');

/** Without the control characters that XML cannot hold. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  const holdable = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').toWellFormed();
  return holdable.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

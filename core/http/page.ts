import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { holds } from './etag.js';
import type { HttpContext } from './http-context.js';
import { HttpError } from './http-error.js';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** `GET /`: the page. */
export async function showPage(context: HttpContext): Promise<Response> {
  return (await builtFile(context, 'index.html')) ?? notBuilt();
}

/** `GET /progress-manager.js` and its neighbours. */
export async function showAsset(context: HttpContext): Promise<Response> {
  return (await builtFile(context, context.req.param('asset') ?? '')) ?? context.notFound();
}

async function builtFile(context: HttpContext, file: string): Promise<Response | undefined> {
  const { webDir } = context.env;
  const content = webDir === undefined ? undefined : await contentOf(join(webDir, file));
  if (!content) return undefined;
  const etag = `"${createHash('sha256').update(content).digest('base64url')}"`;
  // The names stay the same from build to build, so that hosts keep their script tag: each use asks whether it changed.
  const headers = { ETag: etag, 'Cache-Control': 'no-cache' };
  if (holds(context.req.header('If-None-Match'), etag)) return context.body(null, 304, headers);
  return context.body(content, 200, {
    ...headers,
    'Content-Type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
  });
}

async function contentOf(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

function notBuilt(): never {
  throw new HttpError(
    404,
    'page_not_built',
    'The page has not been built yet. Run "npm run build" in the folder of progress-manager and reload.',
  );
}

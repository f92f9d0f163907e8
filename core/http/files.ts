import { z } from 'zod';
import { TooLargeError } from '../contracts/errors.js';
import type { RouteContext } from '../contracts/routes.js';
import type { JobFileContent } from '../progress-manager.js';
import { chunksOf } from './body-chunks.js';
import { attachment } from './content-disposition.js';
import type { HttpContext } from './http-context.js';
import { HttpError } from './http-error.js';
import { loggable } from './loggable.js';
import { queryOf } from './query.js';
import { type ByteRange, rangeOf } from './range.js';

const UPLOAD_IDLE_MS = 30_000;

const uploadQuery = z.strictObject({ name: z.string('must be the name of the file') });

/** `PUT /api/files?name=…`, the bytes as body: 201 with the file, whose id a push names. */
export async function uploadFile(context: HttpContext): Promise<Response> {
  const { progressManager, uploadMax } = context.env;
  const request = context.req.raw;
  const { name } = queryOf(request, uploadQuery);
  if (Number(request.headers.get('Content-Length')) > uploadMax) {
    throw new TooLargeError(`The file is larger than ${uploadMax} bytes.`);
  }
  const content = chunksOf(request, () => UPLOAD_IDLE_MS);
  const file = await progressManager.upload(name, content, { user: context.var.user });
  return context.json({ file }, 201);
}

/** `GET /api/jobs/{id}/files/{name}`: a file the job wrote, whole or one range of it, never shown in the browser. */
export async function downloadFile(context: HttpContext): Promise<Response> {
  const { progressManager } = context.env;
  const file = await progressManager.openFile(context.req.param('job') ?? '', context.req.param('name') ?? '', {
    user: context.var.user,
  });
  return fileResponse(context, file);
}

/** Answers with a file, whole or the one range of it that the request asks for; to be saved, never shown in the browser. */
export function fileResponse(context: HttpContext | RouteContext, file: JobFileContent): Response {
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': attachment(file.name),
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'Accept-Ranges': 'bytes',
  };
  // There is no validator a client could condition on, so a conditional range never matches: RFC 9110, 13.1.5.
  const asked = context.req.header('If-Range') === undefined ? context.req.header('Range') : undefined;
  const range = rangeOf(asked, file.size);
  if (range === 'outside') {
    throw new HttpError(416, 'range_not_satisfiable', `The file has ${file.size} bytes.`, {
      'Content-Range': `bytes */${file.size}`,
    });
  }
  if (range === 'whole') {
    return new Response(bodyOf(context, file), { headers: { ...headers, 'Content-Length': String(file.size) } });
  }
  return new Response(bodyOf(context, file, range), {
    status: 206,
    headers: {
      ...headers,
      'Content-Length': String(range.end - range.start + 1),
      'Content-Range': `bytes ${range.start}-${range.end}/${file.size}`,
    },
  });
}

function bodyOf(
  context: HttpContext | RouteContext,
  file: JobFileContent,
  range?: ByteRange,
): ReadableStream<Uint8Array> | null {
  if (context.req.raw.method === 'HEAD' || file.size === 0) return null;
  return ReadableStream.from(logged(context, file.stream(range?.start, range?.end)));
}

/** The status has been sent when a stream breaks: the caller sees a short body, the log says why. */
async function* logged(
  context: HttpContext | RouteContext,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (error) {
    context.env.logger.error({ requestId: context.env.requestId, error: loggable(error) }, 'a download broke off');
    throw error;
  }
}

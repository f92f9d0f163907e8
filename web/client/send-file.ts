import type { UploadedFile } from './job.js';
import { offline, problemOf } from './problem.js';

/**
 * Sends a file as the body of a PUT. XMLHttpRequest, because `fetch` does not tell how much was sent.
 * Throws a `Problem`, or an `AbortError` once `signal` fires.
 */
export function sendFile(
  address: string,
  file: File,
  onProgress: (sent: number) => void,
  signal?: AbortSignal,
): Promise<{ readonly file: UploadedFile }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', address);
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onerror = () => reject(offline());
    request.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'));
    request.onload = () => {
      const { status, responseText } = request;
      if (status === 201) resolve(JSON.parse(responseText));
      else reject(problemOf(status, responseText, request.getResponseHeader('retry-after')));
    };
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

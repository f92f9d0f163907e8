import type { JobAction } from './job.js';

/** What pressing a button of a job means, besides telling the server of it. */
export type Press =
  /** The text that came with it is shown. */
  | { readonly kind: 'message'; readonly text: string }
  /** The server is asked under an address of its own, and the jobs are looked at again. */
  | { readonly kind: 'request'; readonly method: string; readonly url: string }
  | { readonly kind: 'act' };

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** `data.message` makes it a message, `data.requestType` with a path in `data.url` a request. */
export function pressOf({ data: { message, requestType, url } }: JobAction): Press {
  if (typeof message === 'string' && message.trim() !== '') return { kind: 'message', text: message };
  const method = typeof requestType === 'string' ? requestType.toUpperCase() : '';
  if (METHODS.includes(method) && isOwnPath(url)) return { kind: 'request', method, url };
  return { kind: 'act' };
}

/** Whether it leads somewhere instead, by its `data.url`: neither a message nor meant as a request. */
export function isLink(action: JobAction): boolean {
  return action.data.requestType === undefined && pressOf(action).kind === 'act';
}

/** A path of the server that the jobs come from: a request carries the reader's session. */
function isOwnPath(url: unknown): url is string {
  return typeof url === 'string' && /^\/(?![/\\])/.test(url);
}

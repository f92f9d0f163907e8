/** Where a button leads. `isDownload`: a file of our own interface, to be saved rather than shown. */
export interface Link {
  readonly href: string;
  readonly isDownload: boolean;
}

/**
 * The address in `value` if it is safe to open: a path on the server at `base`, or an https address. Anything else
 * (`javascript:`, `data:`, no text at all) is `undefined`.
 */
export function linkOf(value: unknown, base: string): Link | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const isPath = value.startsWith('/') && !/^\/[/\\]/.test(value);
  const address = URL.parse(isPath ? base + value : value, document.baseURI);
  if (address === null) return undefined;
  const isOurs = address.origin === location.origin && address.protocol === location.protocol; // not blob:
  if (!isOurs && address.protocol !== 'https:') return undefined;
  return { href: address.href, isDownload: isPath && value.startsWith('/api/') };
}

/** Opens a link as a click on it would. */
export function follow({ href, isDownload }: Link): void {
  const anchor = document.createElement('a');
  anchor.href = href;
  anchor.rel = 'noopener';
  if (isDownload) anchor.download = '';
  else anchor.target = '_blank';
  anchor.click();
}

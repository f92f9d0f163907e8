/**
 * The one-time code of a sign-in link (`/#code=…`), taken out of the address so that neither the history nor a copied
 * link carries it on. `undefined` when there is none.
 */
export function takeSignInCode(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code === null || code === '') return undefined;
  history.replaceState(history.state, '', location.pathname + location.search);
  return code;
}

const LONGEST_WAIT_SECONDS = 30;

/** A preference: its name, its value as a token or a quoted text, and parameters, which are not looked at. */
const PREFERENCE = /\s*([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w-]*)))?/y;
const PARAMETERS = /(?:[^",]|"(?:[^"\\]|\\.)*")*(?:,|$)/y;

/**
 * The seconds of `Prefer: wait=5`, 30 at most; 0 without one. Preferences that cannot be read are ignored, and of two of
 * one name the first counts (RFC 7240, section 2).
 */
export function secondsToWait(prefer = ''): number {
  for (let at = 0; at < prefer.length; ) {
    PREFERENCE.lastIndex = at;
    const [all = '', name = '', quoted, token = ''] = PREFERENCE.exec(prefer) ?? [];
    if (name.toLowerCase() === 'wait') return seconds(quoted ?? token);
    PARAMETERS.lastIndex = at + all.length;
    const rest = PARAMETERS.exec(prefer)?.[0] ?? '';
    if (rest === '') return 0;
    at += all.length + rest.length;
  }
  return 0;
}

function seconds(value: string): number {
  return /^[0-9]{1,6}$/.test(value) ? Math.min(Number(value), LONGEST_WAIT_SECONDS) : 0;
}

/** Characters that would end the header, reverse the name on a screen, or are none at all. */
const HARMFUL = /[\p{Control}\p{Surrogate}\p{Bidi_Control}]/gu;

/** A Content-Disposition (RFC 6266) that saves under `name`: exact for current browsers, ASCII for old ones. */
export function attachment(name: string): string {
  const clean = name.replace(HARMFUL, '_');
  const ascii = clean.replace(/[^ -~]|["\\%/;]/g, '_');
  // encodeURIComponent leaves five characters that RFC 5987 wants encoded as well.
  const exact = encodeURIComponent(clean).replace(
    /['()*!]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${exact}`;
}

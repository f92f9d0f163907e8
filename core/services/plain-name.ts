/** At most so many letters. */
const MOST_LETTERS = 200;

/**
 * A name that every file system and every address takes, of ASCII letters, digits and single hyphens: `mon-fichier-ete`
 * for `mon fichier été`. `''` where nothing of it is left.
 */
export function plainName(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{Mark}/gu, '');
  const slug = plain.replace(/[^A-Za-z0-9]+/g, '-').slice(0, MOST_LETTERS);
  return slug.replace(/^-|-$/g, '');
}

/**
 * Ids and types are stored in columns of ASCII, which no other text can equal: MariaDB refuses even to compare them
 * ("Illegal mix of collations"), so such a text must not come that far.
 */
export function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole range is what is meant
  return /^[\u0000-\u007f]*$/.test(text);
}

/** "Did you mean …?" for a misspelt word, or the list of words there are. */
export function nearest(word: string, known: readonly string[]): string {
  const [closest] = known
    .map((candidate) => ({ candidate, distance: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  if (closest && closest.distance <= 2) return `Did you mean "${closest.candidate}"?`;
  return `Known: ${known.join(', ')}.`;
}

/** Levenshtein's: how many letters must be added, dropped or changed. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Numbers from 0 up to 1 that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomFrom<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T;
}

/** A well-formed expression; its day may be one that never comes. */
export function randomCron(random: () => number): string {
  const fields = [
    field(random, 0, 59),
    field(random, 0, 23),
    random() < 0.6 ? '*' : randomFrom(random, [field(random, 1, 31), 'L', `${1 + Math.floor(random() * 28)}W`]),
    random() < 0.6 ? '*' : field(random, 1, 12),
    random() < 0.6 ? '*' : randomFrom(random, [field(random, 0, 7), 'MON-FRI', 'SUN#1', 'FRI#L', '+MON']),
  ];
  return [...(random() < 0.1 ? [field(random, 0, 59)] : []), ...fields].join(' ');
}

function field(random: () => number, from: number, to: number): string {
  const one = () => from + Math.floor(random() * (to - from + 1));
  const [low, high] = [one(), one()].sort((a, b) => a - b) as [number, number];
  return randomFrom(random, ['*', `${one()}`, `${low}-${high}`, `${low},${high}`, `*/${1 + Math.floor(random() * 6)}`]);
}

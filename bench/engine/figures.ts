/** Of an odd number of rounds. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const spread = (figures: readonly number[]) => `${show(Math.min(...figures))}–${show(Math.max(...figures))}`;

/** 41,236 or 1.34. */
export function show(figure: number): string {
  return figure >= 1000 ? Math.round(figure).toLocaleString('en') : figure.toFixed(figure >= 100 ? 0 : 2);
}

/** Figures of several contenders, round by round: ratios are formed within a round. */
export class Figures {
  readonly #figures = new Map<string, number[]>();

  constructor(
    readonly title: string,
    readonly unit: string,
  ) {}

  add(name: string, figure: number): void {
    this.#figures.set(name, [...(this.#figures.get(name) ?? []), figure]);
  }

  of(name: string): readonly number[] {
    return this.#figures.get(name) ?? [];
  }

  print(): void {
    console.log(`\n${this.title}, ${this.unit}, median (least–most):`);
    for (const [name, figures] of this.#figures) {
      console.log(`  ${name.padEnd(36)} ${show(median(figures)).padStart(8)}  (${spread(figures)})`);
    }
  }

  /** Says how `ours` stands to `other`, and whether what is promised is kept. A contender that was skipped keeps none. */
  promise(ours: string, other: string, kind: 'at least' | 'at most', limit: number): boolean {
    const [mine, theirs] = [this.of(ours), this.of(other)];
    if (theirs.length === 0) return true;
    const ratios = mine.map((figure, round) => figure / (theirs[round] ?? Number.NaN));
    const ratio = median(ratios);
    const isKept = kind === 'at least' ? ratio >= limit : ratio <= limit;
    console.log(
      `  ${isKept ? 'kept    ' : 'NOT KEPT'}  ${ours} is ${ratio.toFixed(2)} x ${other} (${spread(ratios)}); ${kind} ${limit} is promised`,
    );
    return isKept;
  }
}

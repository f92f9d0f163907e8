import { cut, printable, widthOf } from './text-width.js';

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'right';
  /** Gives way when the table is wider than the terminal, down to 12 columns. */
  readonly isFlexible?: boolean;
}

const GAP = '  ';
const NARROWEST = 12;

/** Rows under their titles, as wide as needed and, where a column is flexible, no wider than `width`. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string {
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => printable(value(row)))),
  ];
  const natural = columns.map((_, index) => Math.max(...lines.map((cells) => widthOf(cells[index] ?? ''))));
  const widths = fitted(columns, natural, width);
  return lines.map((cells) => formatLine(columns, cells, widths)).join('\n');
}

function fitted(columns: readonly Column<never>[], natural: readonly number[], width: number): readonly number[] {
  const excess = sum(natural) + GAP.length * (natural.length - 1) - width;
  const flexible = columns.filter(({ isFlexible }) => isFlexible).length;
  if (excess <= 0 || flexible === 0) return natural;
  const less = Math.ceil(excess / flexible);
  return natural.map((own, index) =>
    columns[index]?.isFlexible ? Math.max(own - less, Math.min(own, NARROWEST)) : own,
  );
}

function formatLine(columns: readonly Column<never>[], cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, index) => {
    const width = widths[index] ?? 0;
    const text = cut(cell, width);
    const space = ' '.repeat(width - widthOf(text));
    return columns[index]?.align === 'right' ? space + text : text + space;
  });
  return padded.join(GAP).trimEnd();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

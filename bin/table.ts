import { cut, printable, widthOf } from './text-width.js';

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** Colours the cell's text, which says the same without. */
  readonly paint?: (text: string, row: Row) => string;
  readonly align?: 'right';
  /** Gives way when the table is wider than the terminal, down to 12 columns. */
  readonly isFlexible?: boolean;
}

const GAP = '  ';
const NARROWEST = 12;

/** Rows under their titles, as wide as needed and, where a column is flexible, no wider than `width`. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string {
  const titles = columns.map(({ title }) => title);
  const cells = rows.map((row) => columns.map(({ value }) => printable(value(row))));
  const lines = [titles, ...cells];
  const natural = columns.map((_, index) => Math.max(...lines.map((cells) => widthOf(cells[index] ?? ''))));
  const widths = fitted(columns, natural, width);
  const painted = cells.map((each, index) => formatLine(columns, each, widths, rows[index]));
  return [formatLine(columns, titles, widths), ...painted].join('\n');
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

function formatLine<Row>(
  columns: readonly Column<Row>[],
  cells: readonly string[],
  widths: readonly number[],
  row?: Row,
): string {
  const padded = cells.map((cell, index) => {
    const width = widths[index] ?? 0;
    const plain = cut(cell, width);
    const space = ' '.repeat(width - widthOf(plain));
    const { paint, align } = columns[index] ?? {};
    const text = paint && row !== undefined ? paint(plain, row) : plain;
    return align === 'right' ? space + text : text + space;
  });
  return padded.join(GAP).trimEnd();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

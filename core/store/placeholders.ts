/** `?, ?, ?`: one for each value of a list in a statement; the list must not be empty. */
export const placeholders = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

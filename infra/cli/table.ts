/** Rows of text as lines with their cells one below the other. Pure. */
export const toTable = (rows: readonly (readonly string[])[]): string[] => {
  const width = (column: number): number =>
    Math.max(...rows.map((row) => (row[column] ?? "").length));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(width(column)))
      .join("  ")
      .trimEnd(),
  );
};

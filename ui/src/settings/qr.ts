/** A QR code as rectangles: neighbouring dark modules of a row are one. */

export interface Run {
  x: number;
  y: number;
  width: number;
}

/** Rows of "0" and "1" as runs of dark modules. */
export function runsOf(rows: readonly string[]): Run[] {
  return rows.flatMap((row, y) =>
    Array.from(row.matchAll(/1+/gu), (match) => ({ x: match.index, y, width: match[0].length })),
  );
}

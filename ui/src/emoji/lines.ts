/** The picker's grid as lines of known height, so that only those in sight need to be in the page; and how the keys move in it. */

export interface Cell {
  /** What is inserted. */
  characters: string;
  name: string;
}

export interface Section {
  id: string;
  /** Empty for none. */
  title: string;
  cells: Cell[];
}

export type Line =
  | { kind: 'title'; section: string; top: number; height: number; title: string }
  | { kind: 'cells'; section: string; top: number; height: number; cells: Cell[] };

export interface Place {
  line: number;
  column: number;
}

export const COLUMNS = 8;
export const CELL = 40;
export const TITLE = 32;

export function linesOf(sections: readonly Section[]): Line[] {
  const lines: Line[] = [];
  let top = 0;
  for (const { id: section, title, cells } of sections) {
    if (cells.length === 0) continue;
    if (title !== '') {
      lines.push({ kind: 'title', section, top, height: TITLE, title });
      top += TITLE;
    }
    for (let at = 0; at < cells.length; at += COLUMNS) {
      lines.push({ kind: 'cells', section, top, height: CELL, cells: cells.slice(at, at + COLUMNS) });
      top += CELL;
    }
  }
  return lines;
}

/** Pixels of all lines. */
export function heightOf(lines: readonly Line[]): number {
  const last = lines.at(-1);
  return last === undefined ? 0 : last.top + last.height;
}

/** The lines between two heights. */
export function linesBetween(
  lines: readonly Line[],
  top: number,
  bottom: number,
): [first: number, end: number] {
  const first = lines.findIndex((line) => line.top + line.height > top);
  if (first === -1) return [0, 0];
  const end = lines.findIndex((line) => line.top >= bottom);
  return [first, end === -1 ? lines.length : end];
}

/** The section that a reader of this height is in. */
export function sectionAt(lines: readonly Line[], top: number): string {
  return (lines.findLast((line) => line.top <= top + TITLE / 2) ?? lines[0])?.section ?? '';
}

/** The first place in the grid from this line on. */
export function firstFrom(lines: readonly Line[], from: number): Place | null {
  const line = lines.findIndex((each, at) => at >= from && each.kind === 'cells');
  return line === -1 ? null : { line, column: 0 };
}

/**
 * Where a key leads: another place, `out` when it leads up out of the grid, `null` when it is none of the grid's. A page is so many
 * lines.
 */
export function moved(
  lines: readonly Line[],
  from: Place,
  key: string,
  isFar: boolean,
  page: number,
): Place | 'out' | null {
  const rows = lines.flatMap((line, at) =>
    line.kind === 'cells' ? [{ at, length: line.cells.length }] : [],
  );
  const row = rows.findIndex(({ at }) => at === from.line);
  const place = (to: number, column: number): Place => {
    const { at, length } = rows[Math.max(0, Math.min(to, rows.length - 1))] ?? { at: 0, length: 1 };
    return { line: at, column: Math.max(0, Math.min(column, length - 1)) };
  };
  const length = rows[row]?.length ?? 0;
  switch (key) {
    case 'ArrowRight':
      if (from.column + 1 < length) return place(row, from.column + 1);
      return row + 1 < rows.length ? place(row + 1, 0) : from;
    case 'ArrowLeft':
      if (from.column > 0) return place(row, from.column - 1);
      return row > 0 ? place(row - 1, COLUMNS) : from;
    case 'ArrowDown':
      return place(row + 1, from.column);
    case 'ArrowUp':
      return row === 0 ? 'out' : place(row - 1, from.column);
    case 'PageDown':
      return place(row + page, from.column);
    case 'PageUp':
      return place(row - page, from.column);
    case 'Home':
      return place(isFar ? 0 : row, 0);
    case 'End':
      return place(isFar ? rows.length : row, COLUMNS);
    default:
      return null;
  }
}

/** The room that pictures take in a chat: known from their numbers alone, before anything of them is there. */

export interface Room {
  /** Pixels, where the window is wide enough. */
  width: number;
  height: number;
}

/** One picture of an album, in shares of the album's room. */
export interface Cell {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Mosaic extends Room {
  cells: Cell[];
}

/** A picture by itself, pixels. */
const WIDEST = 380;
const HIGHEST = 400;
const NARROWEST = 120;
const LOWEST = 72;
/** An album, pixels. */
const ALBUM = 400;
/** Taller and wider ones are cut at their edges. */
const TALL = 0.5;
const WIDE = 2.6;
/** Where nobody knows the size. */
const UNKNOWN: Room = { width: 280, height: 210 };

const within = (least: number, value: number, most: number): number => Math.max(least, Math.min(value, most));

export function pictureRoom({ width, height }: Room): Room {
  if (!(width > 0 && height > 0)) return UNKNOWN;
  const ratio = within(TALL, width / height, WIDE);
  const wide = Math.min(width, WIDEST, HIGHEST * ratio);
  const room = { width: wide, height: wide / ratio };
  // What is tiny gets a room that can be pointed at.
  return {
    width: Math.round(Math.max(room.width, NARROWEST)),
    height: Math.round(Math.max(room.height, LOWEST)),
  };
}

/** In a mosaic no picture is narrower or wider than this. */
const MOSAIC_TALL = 0.66;
const MOSAIC_WIDE = 1.9;
/** Rows of this height are pleasant, pixels. */
const ROW = { least: 100, best: 170, most: 280 };
/** Pictures in one row at most. */
const IN_ROW = 4;

/** Rows that fill the width, chosen so that each has a pleasant height; 2 to 10 pictures. */
export function mosaicOf(sizes: readonly Room[]): Mosaic {
  const ratios = sizes.map(({ width, height }) =>
    width > 0 && height > 0 ? within(MOSAIC_TALL, width / height, MOSAIC_WIDE) : 4 / 3,
  );
  let best: number[] = [ratios.length];
  let least = Infinity;
  for (const rows of partitions(ratios.length)) {
    const cost = costOf(ratios, rows);
    if (cost >= least) continue;
    least = cost;
    best = rows;
  }
  const heights = heightsOf(ratios, best);
  const height = heights.reduce((sum, each) => sum + each, 0);
  const cells: Cell[] = [];
  let y = 0;
  let from = 0;
  best.forEach((count, at) => {
    const row = ratios.slice(from, from + count);
    const share = row.reduce((sum, each) => sum + each, 0);
    const rowHeight = (heights[at] ?? 0) / height;
    let x = 0;
    for (const ratio of row) {
      cells.push({ x, y, width: ratio / share, height: rowHeight });
      x += ratio / share;
    }
    y += rowHeight;
    from += count;
  });
  return { width: ALBUM, height: Math.round(height), cells };
}

function heightsOf(ratios: readonly number[], rows: readonly number[]): number[] {
  let from = 0;
  return rows.map((count) => {
    const share = ratios.slice(from, from + count).reduce((sum, each) => sum + each, 0);
    from += count;
    return Math.min(ALBUM / share, ROW.most);
  });
}

function costOf(ratios: readonly number[], rows: readonly number[]): number {
  const heights = heightsOf(ratios, rows);
  const total = heights.reduce((sum, each) => sum + each, 0);
  const rough = heights.reduce((sum, each) => {
    const isOut = each < ROW.least || each >= ROW.most;
    return sum + Math.abs(Math.log(each / ROW.best)) + (isOut ? 2 : 0);
  }, 0);
  return rough / rows.length + (total > 1.25 * ALBUM ? total / ALBUM : 0);
}

/** All ways to put so many into rows. */
function* partitions(count: number): Generator<number[]> {
  if (count === 0) {
    yield [];
    return;
  }
  for (let first = 1; first <= Math.min(IN_ROW, count); first += 1)
    for (const rest of partitions(count - first)) yield [first, ...rest];
}

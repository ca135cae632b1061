/**
 * Thumbhash: a few dozen bytes that say what a picture looks like from far away, as cosines of its lightness, two colour differences
 * and transparency. What is no thumbhash draws nothing.
 */

/** Drawn this large on its longer side, pixels; the browser makes it larger. */
const SIDE = 20;
/** More bytes than any thumbhash has. */
const MOST = 36;

/** More cosines than any hash has in one direction. */
const TERMS = 8;

interface Channel {
  mean: number;
  /** How many cosines, across and down. */
  across: number;
  down: number;
  terms: number[];
}

function bytesOf(base64: string): Uint8Array | null {
  try {
    const text = atob(base64);
    return text.length < 5 || text.length > MOST ? null : Uint8Array.from(text, (each) => each.charCodeAt(0));
  } catch {
    return null;
  }
}

/** The pixels of a thumbhash; `null` when it is none. */
export function thumbhashPixels(base64: string): ImageData | null {
  const bytes = bytesOf(base64);
  if (bytes === null) return null;
  const at = (index: number): number => bytes[index] ?? 0;
  const head = at(0) | (at(1) << 8) | (at(2) << 16);
  const shape = at(3) | (at(4) << 8);
  const hasAlpha = head >> 23 !== 0;
  const isWide = shape >> 15 !== 0;
  const [most, few] = [hasAlpha ? 5 : 7, shape & 7];
  const [across, down] = isWide ? [most, few] : [few, most];
  let nibble = hasAlpha ? 12 : 10;
  const channel = (mean: number, scale: number, wide: number, high: number): Channel => {
    const terms: number[] = [];
    for (let y = 0; y < high; y += 1)
      for (let x = y === 0 ? 1 : 0; x * high < wide * (high - y); x += 1) {
        const value = (at(nibble >> 1) >> (nibble % 2 === 0 ? 0 : 4)) & 15;
        nibble += 1;
        terms.push((value / 7.5 - 1) * scale);
      }
    return { mean, across: wide, down: high, terms };
  };
  const light = channel((head & 63) / 63, ((head >> 18) & 31) / 31, Math.max(3, across), Math.max(3, down));
  const yellow = channel(((head >> 6) & 63) / 31.5 - 1, (((shape >> 3) & 63) / 63) * 1.25, 3, 3);
  const red = channel(((head >> 12) & 63) / 31.5 - 1, (((shape >> 9) & 63) / 63) * 1.25, 3, 3);
  const alpha = hasAlpha ? channel((at(5) & 15) / 15, (at(5) >> 4) / 15, 5, 5) : null;

  const ratio = Math.max(0.2, Math.min(5, across / Math.max(1, down)));
  const width = Math.max(1, Math.round(ratio > 1 ? SIDE : SIDE * ratio));
  const height = Math.max(1, Math.round(ratio > 1 ? SIDE / ratio : SIDE));
  const pixels = new ImageData(width, height);
  const [wide, high] = [cosines(width), cosines(height)];
  for (let y = 0, to = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1, to += 4) {
      const place = { x: wide[x] ?? [], y: high[y] ?? [] };
      const [l, p, q] = [valueAt(light, place), valueAt(yellow, place), valueAt(red, place)];
      const blue = l - (2 / 3) * p;
      const r = (3 * l - blue + q) / 2;
      const part = [r, r - q, blue, alpha === null ? 1 : valueAt(alpha, place)];
      part.forEach((value, index) => (pixels.data[to + index] = Math.max(0, Math.min(1, value)) * 255));
    }
  return pixels;
}

/** The cosines that a hash may have, at each of so many places. */
function cosines(places: number): number[][] {
  return Array.from({ length: places }, (_place, at) =>
    Array.from({ length: TERMS }, (_term, term) => Math.cos((Math.PI * (at + 0.5) * term) / places)),
  );
}

function valueAt({ mean, across, down, terms }: Channel, place: { x: number[]; y: number[] }): number {
  let value = mean;
  let index = 0;
  for (let y = 0; y < down; y += 1) {
    const vertical = (place.y[y] ?? 0) * 2;
    for (let x = y === 0 ? 1 : 0; x * down < across * (down - y); x += 1, index += 1)
      value += (terms[index] ?? 0) * (place.x[x] ?? 0) * vertical;
  }
  return value;
}

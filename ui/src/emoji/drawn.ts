/** Which emoji the system's font draws: an empty box in the picker would be of no use. */
import type { Drawn } from './emoji';

/** Newest first: one emoji that came with each version. */
const CAME: [number, string][] = [
  [17, '\u{1faea}'],
  [16, '\u{1fae9}'],
  [15.1, '\u{1f642}\u200d\u2194\ufe0f'],
  [15, '\u{1fae8}'],
  [14, '\u{1fae0}'],
  [13.1, '\u{1f636}\u200d\u{1f32b}\ufe0f'],
  [13, '\u{1f972}'],
  [12.1, '\u{1f9d1}\u200d\u{1f9b0}'],
  [12, '\u{1f971}'],
  [11, '\u{1f970}'],
];
/** What every system draws that draws emoji at all. */
const OLDEST = 5;

const FONTS = "'Apple Color Emoji', 'Segoe UI Emoji', 'Noto Color Emoji', sans-serif";
const SIZE = 24;

let seen: Drawn | undefined;

/** Which emoji are drawn here: looked at once, the font stays. */
export function drawnHere(): Drawn {
  return (seen ??= whatIsDrawn(lookAtCanvas()));
}

/** Looks at what comes of drawing. Where nothing can be looked at, everything counts as drawn. */
export function whatIsDrawn(isDrawn: ((characters: string) => boolean) | null): Drawn {
  if (isDrawn === null) return { version: Infinity, flags: true };
  const newest = CAME.find(([, characters]) => isDrawn(characters));
  return { version: newest?.[0] ?? OLDEST, flags: isDrawn('\u{1f1e8}\u{1f1ed}') };
}

/** An emoji is drawn when it has colour, and parts that are joined into one are as wide as one. */
function lookAtCanvas(): ((characters: string) => boolean) | null {
  const canvas = document.createElement('canvas');
  canvas.width = 2 * SIZE;
  canvas.height = 2 * SIZE;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  context.font = `${SIZE}px ${FONTS}`;
  context.textBaseline = 'top';
  context.fillStyle = '#000000';
  const one = context.measureText('\u{1f600}').width;
  return (characters) => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillText(characters, 0, SIZE / 4);
    if (context.measureText(characters).width > 1.5 * one) return false;
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 0; at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(at, at + 4);
      if (alpha > 128 && Math.max(red, green, blue) - Math.min(red, green, blue) > 32) return true;
    }
    return false;
  };
}

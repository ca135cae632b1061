/** A text as it is drawn: text, links and keyed emoji; and how large, when it is nothing but a few emoji. */
import { piecesOf } from '../chat/links';
import { KEYED_EMOJI, parseText } from '../tim';

export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'link'; text: string }
  /** `key` with its brackets. */
  | { kind: 'emoji'; text: string; key: string };

/** Keyed emoji in one message that are elements of their own: each costs one, and further ones are drawn as text. */
const MOST = 50;
/** So many emoji alone are drawn large. */
const LARGE = 3;

export function drawnPieces(text: string): Piece[] {
  let left = MOST;
  return piecesOf(text).flatMap((piece): Piece[] => {
    if (piece.kind === 'link' || !piece.text.includes('[')) return [piece];
    const pieces: Piece[] = [];
    for (const node of parseText(piece)) {
      const last = pieces.at(-1);
      if (node.name === 'img' && (left -= 1) >= 0)
        pieces.push({ kind: 'emoji', text: node.src, key: node.key });
      else if (last?.kind === 'text') last.text += node.name === 'img' ? node.src : node.text;
      else pieces.push({ kind: 'text', text: node.name === 'img' ? node.src : node.text });
    }
    return pieces;
  });
}

/** The text with its keyed emoji as characters: for one line of plain text. */
export function withCharacters(text: string): string {
  if (!text.includes('[')) return text;
  return parseText({ text })
    .map((node) => (node.name === 'img' ? node.src : node.text))
    .join('');
}

// One emoji: a flag, a keycap, or a sequence of pictures with tones, selectors and joiners.
const PICTURE = String.raw`(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\p{Extended_Pictographic}\p{Emoji_Modifier})(?:\p{Emoji_Modifier}|\ufe0f)?(?:[\u{e0020}-\u{e007e}]{1,6}\u{e007f})?`;
const JOINED = String.raw`(?:\u200d\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)?){0,4}`;
const ONE = String.raw`(?:\p{RI}{2}|[0-9#*]\ufe0f?\u20e3|${PICTURE}${JOINED})`;
const ALONE = new RegExp(String.raw`^(?:${ONE}\s*){1,${LARGE}}$`, 'u');
const EACH = new RegExp(ONE, 'gu');
/** Three emoji are no longer than this with their keys, UTF-16 units. */
const LONGEST = LARGE * Math.max(32, ...Object.keys(KEYED_EMOJI).map((key) => key.length));

/** How many emoji a text is that is nothing else, 1 to 3; 0 when it is something else. */
export function emojiAlone(text: string): 0 | 1 | 2 | 3 {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > LONGEST) return 0;
  const characters = withCharacters(trimmed);
  if (!ALONE.test(characters)) return 0;
  return Math.min(characters.match(EACH)?.length ?? 0, LARGE) as 1 | 2 | 3;
}

/**
 * Links in text: http, https and mailto, written out; nothing else is ever a link (H2). In time linear in the text.
 */

export type Piece = { kind: 'text'; text: string } | { kind: 'link'; text: string };

/** More links than this in one message stay text: nobody reads them, and each costs an element. */
const MOST = 50;
/** A longer address stays text. */
const LONGEST = 2048;

// A scheme that does not stand inside a word, then what may stand in an address. Quotes, brackets of CJK and its punctuation
// end it, and so do controls, among them those that turn the direction of text.
const LINK =
  /(?<![\p{L}\p{N}_+.-])(?:https?:\/\/|mailto:)[^\s<>"`{}|\\^\p{C}\u200e\u200f\u2028-\u202f\u2066-\u2069\u3000-\u303f\uff08\uff09\uff0c\uff1a\uff1b\uff01\uff1f]+/giu;
const OPENING: Record<string, string> = { ')': '(', ']': '[' };

export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  let links = 0;
  for (const match of text.matchAll(LINK)) {
    const link = withoutPunctuation(match[0]);
    if (!hasTarget(link) || link.length > LONGEST || (links += 1) > MOST) continue;
    if (match.index > from) pieces.push({ kind: 'text', text: text.slice(from, match.index) });
    pieces.push({ kind: 'link', text: link });
    from = match.index + link.length;
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) });
  return pieces;
}

/** A sentence's own punctuation at the end is not the link's; a bracket is, when the link opened it. */
function withoutPunctuation(link: string): string {
  let end = link.length;
  const counts = new Map<string, number>();
  for (const character of link) counts.set(character, (counts.get(character) ?? 0) + 1);
  for (; end > 0; end -= 1) {
    const last = link[end - 1] ?? '';
    const opening = OPENING[last];
    if (opening !== undefined) {
      if ((counts.get(last) ?? 0) <= (counts.get(opening) ?? 0)) break;
    } else if (!/[.,;:!?'*_~…]/u.test(last)) break;
    counts.set(last, (counts.get(last) ?? 1) - 1);
  }
  return link.slice(0, end);
}

function hasTarget(link: string): boolean {
  return /^https?:\/\/[^/?#]/iu.test(link) || /^mailto:[^@?]+@[^@?]/iu.test(link);
}

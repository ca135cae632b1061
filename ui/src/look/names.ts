/**
 * Names as they are shown. A name is what somebody else chose: it is bounded, and what would be invisible or turn its
 * neighbours around shows as a mark (H6, H8). Isolation by `<bdi>` is the markup's part.
 */

/** Characters of a name that are shown at most. */
const SHOWN = 64;

// Controls, bidirectional controls, zero-width characters and other things without a shape of their own. The joiner of emoji
// (U+200D) and the variation selectors stay, but not beside letters: see below.
const INVISIBLE =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|\u034f|\u17b4|\u17b5/gu;
const JOINER_BESIDE_LETTERS = /(?<!\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})*)\u200d/gu;
const MANY_MARKS = /(\p{M}{4})\p{M}+/gu;

/** What stands where an invisible character is. */
export const MARK = '\u2423';

/** The name to show for a profile: the nick, or the id when there is none. */
export function nameOf(profile: { userID: string; nick: string }): string {
  return shownName(profile.nick.trim() === '' ? profile.userID : profile.nick);
}

/** One line, bounded, with visible marks for what cannot be seen. `most`: characters that are shown at most. */
export function shownName(name: string, most = SHOWN): string {
  const visible = name
    .slice(0, 4 * most)
    .replace(/\s+/gu, ' ')
    .replace(INVISIBLE, MARK)
    .replace(JOINER_BESIDE_LETTERS, MARK)
    .replace(MANY_MARKS, '$1')
    .toWellFormed()
    .trim();
  const characters = [...visible];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : visible;
}

const LATIN = /\p{Script=Latin}/u;
const LOOKALIKE = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;

/** Whether a word of the name mixes alphabets whose letters look alike, as in Cyrillic "а" + Latin "dmin" (H8). */
export function mixesAlphabets(name: string): boolean {
  return name.split(/[\s\p{P}]+/u).some((word) => LATIN.test(word) && LOOKALIKE.test(word));
}

/** One or two letters for an avatar: of the first and last word, or the first two characters of a name in Han. */
export function initialsOf(name: string): string {
  const bare = shownName(name).replaceAll(MARK, '');
  const parts = bare.split(/[\s\-_.]+/u).filter((part) => /[\p{L}\p{N}]/u.test(part));
  const first = [...(parts[0] ?? bare)];
  if (/^\p{Script=Han}/u.test(first.join(''))) return first.slice(-2).join('').slice(0, 2);
  const initial = (text: string | undefined): string =>
    (/[\p{L}\p{N}]/u.exec(text ?? '')?.[0] ?? '').toLocaleUpperCase();
  const initials = initial(parts[0]) + (parts.length > 1 ? initial(parts.at(-1)) : '');
  return initials || (first[0] ?? '?');
}

/** An avatar's colour made from an id, 0 to 11: FNV-1a, as the engine makes it for those who chose none. */
export function colourOf(id: string): number {
  const bytes = new TextEncoder().encode(id);
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5) % 12;
}

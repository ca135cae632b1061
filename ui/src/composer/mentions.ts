/** Mentions while they are written: "@" and the start of a name, and who of those chosen is still in the text. */

export interface Mention {
  /** As it stands in the text, behind the "@". */
  name: string;
  /** A user id, or `TYPES.MSG_AT_ALL`. */
  userID: string;
}

/** A name is no longer than this, UTF-16 units. */
const LONGEST = 64;

/** What was typed behind an "@" that begins a word, right before the caret; `null` when nobody is being mentioned. */
export function mentionQuery(text: string, caret: number): { start: number; query: string } | null {
  const before = text.slice(Math.max(0, caret - LONGEST), caret);
  const at = before.lastIndexOf('@');
  if (at === -1) return null;
  const query = before.slice(at + 1);
  const previous = before[at - 1];
  const beginsWord = previous === undefined || !/[\p{L}\p{N}_.@-]/u.test(previous);
  if (!beginsWord || query.includes('\n') || query.startsWith(' ') || query.split(' ').length > 3)
    return null;
  return { start: caret - query.length - 1, query };
}

/** The user ids of those who are still mentioned. */
export function stillMentioned(text: string, mentions: readonly Mention[]): string[] {
  return [...new Set(mentions.filter(({ name }) => text.includes(`@${name}`)).map((each) => each.userID))];
}

function plain(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLocaleLowerCase();
}

/** Whether somebody fits what was typed: by the start of a word of the name, or of the id. */
export function fitsQuery(name: string, userID: string, query: string): boolean {
  const wanted = plain(query.trim());
  const named = plain(name);
  return (
    wanted === '' ||
    named.startsWith(wanted) ||
    named.includes(` ${wanted}`) ||
    // A name in Han has no spaces.
    (/\p{Script=Han}/u.test(wanted) && named.includes(wanted)) ||
    plain(userID).startsWith(wanted)
  );
}

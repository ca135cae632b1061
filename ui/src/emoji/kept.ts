/**
 * What the picker remembers on this computer: emoji that were used lately and the skin tone. It is the page's own business, so it is
 * kept by the page; each profile has a web folder of its own. What one account used is not shown to the next.
 */

/** Emoji that are remembered. */
export const RECENT = 24;
/** An emoji's characters are no longer than this, UTF-16 units. */
const LONGEST = 32;
const KEY = 'tidings.emoji';

export interface Kept {
  /** Newest first, as they were inserted. */
  recent: string[];
  /** 0 is none, 1 light to 5 dark. */
  tone: number;
}

type Place = Pick<Storage, 'getItem' | 'setItem'>;

function ownPlace(): Place | null {
  try {
    // What is kept here is worth nothing to anybody but the picker.
    // eslint-disable-next-line no-restricted-globals
    return localStorage;
  } catch {
    return null;
  }
}

/** What is kept for this user; what makes no sense is as if nothing was. */
export function readKept(userID: string, place: Place | null = ownPlace()): Kept {
  const nothing = { recent: [], tone: 0 };
  try {
    const kept: unknown = JSON.parse(place?.getItem(KEY) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return nothing;
    const { user, recent, tone } = kept as Record<string, unknown>;
    if (user !== userID) return nothing;
    const isTone = typeof tone === 'number' && Number.isInteger(tone) && tone >= 0 && tone <= 5;
    const isEmoji = (each: unknown): each is string => typeof each === 'string' && each.length <= LONGEST;
    return {
      recent: Array.isArray(recent) ? recent.filter(isEmoji).slice(0, RECENT) : [],
      tone: isTone ? tone : 0,
    };
  } catch {
    return nothing;
  }
}

export function keep(userID: string, kept: Kept, place: Place | null = ownPlace()): void {
  try {
    place?.setItem(KEY, JSON.stringify({ user: userID, ...kept }));
  } catch (thrown) {
    console.warn('what the emoji picker remembers could not be kept', thrown);
  }
}

/** The list with this one first. */
export function withRecent(recent: readonly string[], emoji: string): string[] {
  return [emoji, ...recent.filter((each) => each !== emoji)].slice(0, RECENT);
}

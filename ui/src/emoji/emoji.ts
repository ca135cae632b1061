/**
 * All emoji with their names, as the picker wants them. The data is large and comes when the picker is opened; what Tidings draws
 * before that needs none of it.
 */

/** The groups, in their order. */
export const GROUPS = [
  'smileys-emotion',
  'people-body',
  'animals-nature',
  'food-drink',
  'travel-places',
  'activities',
  'objects',
  'symbols',
  'flags',
] as const;
export type Group = (typeof GROUPS)[number];

export interface Emoji {
  /** Without a skin tone. */
  characters: string;
  /** In the person's language. */
  name: string;
  hasTones: boolean;
  /** What a search looks at, by language, in small letters without marks: the name, then what else people call it. */
  found: () => readonly string[][];
}

export interface EmojiGroup {
  group: Group;
  emoji: Emoji[];
}

/** Which emoji the system's font can draw. */
export interface Drawn {
  /** The newest version of Unicode's emoji. */
  version: number;
  /** Flags of countries: on some systems they are two letters. */
  flags: boolean;
}

type Language = 'en' | 'zh-CN';

const names: Record<Language, () => Promise<{ default: string[] }>> = {
  en: () => import('./data/names.en.json'),
  'zh-CN': () => import('./data/names.zh-CN.json'),
};

/** The emoji that can be drawn, by group. English names are found in every language. */
export async function loadEmoji(language: Language, drawn: Drawn): Promise<EmojiGroup[]> {
  const languages: Language[] = language === 'en' ? ['en'] : [language, 'en'];
  const [{ default: groups }, ...lists] = await Promise.all([
    import('./data/emoji.json'),
    ...languages.map((each) => names[each]()),
  ]);
  let index = 0;
  return groups.map(({ key, emoji }) => {
    const kept: Emoji[] = [];
    for (const [characters, version, tones] of emoji as [string, number, 1?][]) {
      const own = lists.map((list) => list.default[index] ?? '');
      index += 1;
      if (version > drawn.version || (!drawn.flags && isFlagOfCountry(characters))) continue;
      const name = own[0]?.split('|', 1)[0] ?? '';
      // Made when somebody searches: the picker is open before that.
      let words: string[][] | undefined;
      const found = (): string[][] => (words ??= own.map(wordsOf));
      kept.push({ characters, name, hasTones: tones === 1, found });
    }
    return { group: key as Group, emoji: kept };
  });
}

/** `name|other,other` */
function wordsOf(line: string): string[] {
  const [name = '', others = ''] = plain(line).split('|');
  return others === '' ? [name] : [name, ...others.split(',')];
}

function isFlagOfCountry(characters: string): boolean {
  return /^\p{RI}{2}$/u.test(characters);
}

const MODIFIER_BASE = /\p{Emoji_Modifier_Base}/u;

/** The emoji in a skin tone, 1 (light) to 5 (dark); 0 is none. */
export function withTone(emoji: Pick<Emoji, 'characters' | 'hasTones'>, tone: number): string {
  if (!emoji.hasTones || tone === 0) return emoji.characters;
  const modifier = String.fromCodePoint(0x1f3fa + tone);
  const all = [...emoji.characters];
  // Hands that are held between two people have no tone of their own.
  const isBetween = (at: number): boolean => all[at - 1] === '\u200d' && all[at + 1] === '\u200d';
  const takes = (at: number): boolean => MODIFIER_BASE.test(all[at] ?? '') && !isBetween(at);
  return all
    .map((character, at) => {
      if (takes(at)) return character + modifier;
      return character === '\ufe0f' && takes(at - 1) ? '' : character;
    })
    .join('');
}

/** How much longer than its name an emoji counts that is found by another whole word for it. */
const OTHER = 7;
/** And one that is found by the beginnings of such words. */
const BEGINNING = 1000;

/**
 * The emoji that fit what was typed, best first: every word of it has to be found. The shorter name goes before, so that the heart
 * itself comes before the cat that has hearts for eyes; names go before what else an emoji is called.
 */
export function search(groups: readonly EmojiGroup[], query: string, most: number): Emoji[] {
  const words = plain(query).split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [];
  const typed = query.trim();
  const fitting: { emoji: Emoji; distance: number }[] = [];
  for (const group of groups)
    for (const emoji of group.emoji) {
      const distances = emoji.found().map((found) => distanceIn(found, words));
      const distance = emoji.characters === typed ? 0 : Math.min(...distances);
      if (distance !== Infinity) fitting.push({ emoji, distance });
    }
  return fitting
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ emoji }) => emoji);
}

/** How far an emoji is from what was typed, in one language; `Infinity` when it does not fit. */
function distanceIn(found: readonly string[], words: readonly string[]): number {
  const name = found[0] ?? '';
  const whole = words.join(' ');
  if (name === whole) return 0;
  if (words.every((word) => begins(name, word))) return name.length;
  if (found.includes(whole)) return name.length + OTHER;
  return words.every((word) => found.some((each) => begins(each, word))) ? BEGINNING : Infinity;
}

/** Whether a word of the text begins so. Chinese has no spaces: there, anywhere. */
function begins(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1))
    if (at === 0 || !/[a-z0-9]/u.test(text[at - 1] ?? '')) return true;
  return false;
}

function plain(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** No word is longer than its place has room for, in any language. */
import { describe, expect, it } from 'vitest';
import { en } from './en';
import { en as mediaEn } from './media/en';
import { zhCN as mediaZh } from './media/zh-CN';
import { zhCN } from './zh-CN';

/** Columns: a character of Han is as wide as two of Latin. */
const BOUNDS = {
  /** In a row of others: they stand side by side in a narrow window. */
  button: 26,
  menu: 30,
  tab: 16,
  /** A title of a dialog, on one line. */
  title: 44,
  /** What hovering shows of a button without words. */
  tooltip: 48,
  /** A moment long: nobody can read more. */
  toast: 130,
  /** Wherever it stands. */
  anywhere: 300,
};
type Place = keyof typeof BOUNDS;

const sources: Record<string, string> = import.meta.glob(
  ['../**/*.{svelte,ts}', '!../words/**', '!../**/*.test.ts'],
  { query: '?raw', import: 'default', eager: true },
);
const text = Object.values(sources).join('\n');

const WORD = String.raw`(?:words\.(?<section>\w+)|said)\.(?<key>\w+)`;
/** How a word stands in the sources where it is said in such a place. */
const PLACES: [Place, RegExp][] = [
  ['button', new RegExp(String.raw`<Button\b[^>]*>\s*\{${WORD}\}`, 'gu')],
  ['menu', new RegExp(String.raw`\blabel: ${WORD}`, 'gu')],
  ['tab', new RegExp(String.raw`\{ (?:tab|section): '\w+'(?: as const)?, label: ${WORD}`, 'gu')],
  ['title', new RegExp(String.raw`\btitle=\{${WORD}[^}]*\}\s+(?:size|onclose|body)`, 'gu')],
  ['tooltip', new RegExp(String.raw`<IconButton\b[^>]*\blabel=\{${WORD}`, 'gu')],
  ['toast', new RegExp(String.raw`\.(?:trouble|news) = [^;]*?${WORD}`, 'gu')],
];

type Say = (...about: unknown[]) => string;

/** A word as it is said of something usual. */
function sample(word: unknown): string {
  if (typeof word !== 'function') return String(word);
  const say = word as Say;
  const names = ['Ann Lindqvist', 'Bob Okafor', 'Mei'];
  // Each is of names or of numbers; whatever makes no sense of one makes sense of the other.
  for (const about of [[12, 34, 56], names, ['Ann Lindqvist', 12, 34], [12, 'Ann Lindqvist']]) {
    try {
      const said = say(...about);
      if (typeof said === 'string' && !said.includes('NaN') && !said.includes('undefined')) return said;
    } catch {
      // The next.
    }
  }
  return '';
}

function columns(said: string): number {
  return [...said].reduce((sum, each) => sum + (/[\u1100-\u115f\u2e80-\uffdc]/u.test(each) ? 2 : 1), 0);
}

const LANGUAGES = { en: { ...en, said: mediaEn }, 'zh-CN': { ...zhCN, said: mediaZh } };

describe.each(['en', 'zh-CN'] as const)('in %s', (language) => {
  const all = LANGUAGES[language] as Record<string, Record<string, unknown>>;

  it.each(PLACES)('no %s is too long', (place, pattern) => {
    const found = [...text.matchAll(pattern)].map(({ groups }) => [
      groups?.['section'] ?? 'said',
      groups?.['key'] ?? '',
    ]);
    expect(found.length).toBeGreaterThan(1);
    const tooLong = found
      .map(([section = '', key = '']) => [`${section}.${key}`, sample(all[section]?.[key])] as const)
      .filter(([, said]) => columns(said) > BOUNDS[place]);
    expect(tooLong).toEqual([]);
  });

  it('nothing is longer than anybody reads', () => {
    const tooLong = Object.values(all)
      .flatMap((section) => Object.values(section))
      .map(sample)
      .filter((said) => columns(said) > BOUNDS.anywhere);
    expect(tooLong).toEqual([]);
  });
});

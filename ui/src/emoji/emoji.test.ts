import { expect, it } from 'vitest';
import { KEYED_EMOJI } from '../tim';
import { GROUPS, loadEmoji, search, withTone, type Emoji } from './emoji';

const ALL = { version: Infinity, flags: true };
const found = async (query: string, language: 'en' | 'zh-CN' = 'en') =>
  search(await loadEmoji(language, ALL), query, 30).map(({ characters }) => characters);

it('all of Unicode’s emoji are there, in their groups, each once and with a name of its own', async () => {
  for (const language of ['en', 'zh-CN'] as const) {
    const groups = await loadEmoji(language, ALL);
    expect(groups.map(({ group }) => group)).toEqual([...GROUPS]);
    const emoji = groups.flatMap((each) => each.emoji);
    expect(emoji.length).toBeGreaterThan(1900);
    expect(new Set(emoji.map(({ characters }) => characters)).size).toBe(emoji.length);
    expect(new Set(emoji.map(({ name }) => name)).size).toBe(emoji.length);
    expect(emoji.filter(({ name }) => name.trim() === '')).toEqual([]);
  }
});

it('names are those of the language', async () => {
  const name = async (language: 'en' | 'zh-CN') =>
    (await loadEmoji(language, ALL)).flatMap(({ emoji }) => emoji).find((each) => each.characters === '🐱')
      ?.name;
  expect(await name('en')).toBe('cat face');
  expect(await name('zh-CN')).toMatch(/猫/u);
});

it('every keyed emoji is one of Unicode’s', async () => {
  const known = new Set(
    (await loadEmoji('en', ALL)).flatMap(({ emoji }) => emoji.map((each) => each.characters)),
  );
  expect(Object.values(KEYED_EMOJI).filter((characters) => !known.has(characters))).toEqual([]);
});

it('what the system cannot draw is left out', async () => {
  const old = (await loadEmoji('en', { version: 13, flags: false })).flatMap(({ emoji }) => emoji);
  const characters = old.map((each) => each.characters);
  expect(characters).toContain('🥲');
  expect(characters).not.toContain('🫠');
  expect(characters).not.toContain('🇨🇭');
  expect(characters).toContain('🏴‍☠️');
});

it('a search finds by name, by other words, by the beginning of words, and by the emoji itself', async () => {
  expect((await found('cat face'))[0]).toBe('🐱');
  expect((await found('Heart'))[0]).toBe('❤️');
  expect(await found('lol')).toContain('😂');
  expect(await found('thum up')).toEqual(['👍']);
  expect((await found('🎂'))[0]).toBe('🎂');
  expect(await found('xyzzy')).toEqual([]);
  expect(await found('   ')).toEqual([]);
});

it('in Chinese both Chinese and English words find', async () => {
  expect((await found('生日', 'zh-CN'))[0]).toBe('🎂');
  expect(await found('猫', 'zh-CN')).toContain('🐱');
  expect(await found('cake', 'zh-CN')).toContain('🎂');
});

it('a skin tone goes where Unicode wants it', async () => {
  const all = (await loadEmoji('en', ALL)).flatMap(({ emoji }) => emoji);
  const toned = (characters: string, tone: number) =>
    withTone(all.find((each) => each.characters === characters) as Emoji, tone);
  expect(toned('👋', 0)).toBe('👋');
  expect(toned('👋', 1)).toBe('👋🏻');
  expect(toned('✌️', 5)).toBe('✌🏿');
  expect(toned('👩‍🚀', 3)).toBe('👩🏽‍🚀');
  expect(toned('🧑‍🤝‍🧑', 3)).toBe('🧑🏽‍🤝‍🧑🏽');
  expect(toned('👩‍❤️‍👨', 2)).toBe('👩🏼‍❤️‍👨🏼');
  expect(toned('🕵️‍♂️', 4)).toBe('🕵🏾‍♂️');
  expect(toned('🐱', 3)).toBe('🐱');
  // Everything that takes a tone is one picture with it.
  const isOne = new RegExp(String.raw`^\p{RGI_Emoji}$`, 'v');
  const wrong = all.filter((each) => each.hasTones).map((each) => withTone(each, 3));
  expect(wrong.length).toBeGreaterThan(300);
  expect(
    wrong.filter((each) => !isOne.test(each) && !/[\u{1faf0}-\u{1faff}\u{1f46f}\u{1f93c}]/u.test(each)),
  ).toEqual([]);
});

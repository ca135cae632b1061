import { expect, it } from 'vitest';
import { pipsOf, thrown } from './dice';
import { STICKERS, dataOf, stickerOf } from './pack';

const files: Record<string, string> = import.meta.glob('./pack/*.svg', {
  query: '?raw',
  import: 'default',
  eager: true,
});

it('there are at least twelve stickers, each with a picture, a number and names of its own', () => {
  expect(STICKERS.length).toBeGreaterThanOrEqual(12);
  expect(Object.keys(files).sort()).toEqual(STICKERS.map(({ name }) => `./pack/${name}.svg`).sort());
  for (const key of ['index', 'name', 'en', 'zh-CN', 'url'] as const)
    expect(new Set(STICKERS.map((each) => each[key])).size).toBe(STICKERS.length);
  expect(STICKERS.filter(({ url }) => url === '')).toEqual([]);
});

it('a picture is under 3 KB and only shapes', () => {
  for (const [file, picture] of Object.entries(files)) {
    expect(new TextEncoder().encode(picture).length, file).toBeLessThan(3000);
    expect(picture, file).not.toMatch(/<(?!\/?(?:svg|path|circle|ellipse|rect)[\s>])|href|url\(|\son|style/u);
  }
});

it('a face message names a sticker by its data, and anything else names none', () => {
  for (const sticker of STICKERS) expect(stickerOf(dataOf(sticker))).toBe(sticker);
  for (const data of [
    'tt00',
    'hello',
    'tidings/',
    'tidings/../hello',
    'tidings/constructor',
    '',
    null,
    1,
    {},
  ])
    expect(stickerOf(data)).toBeNull();
});

it('a die shows 1 to 6 and nothing else', () => {
  expect(pipsOf({ data: 'dice', description: '6' })).toBe(6);
  for (const description of ['0', '7', '', '1.0', ' 1', '１', 'x', 3, null])
    expect(pipsOf({ data: 'dice', description })).toBeNull();
  expect(pipsOf({ data: 'coin', description: '1' })).toBeNull();
});

it('r_u1 a throw is the guide’s own custom message', () => {
  expect(thrown(0)).toEqual({ data: 'dice', description: '1', extension: '' });
  expect(thrown(0.999_999)).toEqual({ data: 'dice', description: '6', extension: '' });
});

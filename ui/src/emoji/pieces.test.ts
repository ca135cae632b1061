import { expect, it } from 'vitest';
import { KEYED_EMOJI } from '../tim';
import { keyedName } from './keyed-names';
import { drawnPieces, emojiAlone, withCharacters } from './pieces';

const kinds = (text: string) => drawnPieces(text).map(({ kind }) => kind);

it('text, links and keyed emoji are told apart, and a key in an address stays there', () => {
  expect(drawnPieces('It [Rain]s [or] so')).toEqual([
    { kind: 'text', text: 'It ' },
    { kind: 'emoji', text: '🌧️', key: '[Rain]' },
    { kind: 'text', text: 's [or] so' },
  ]);
  expect(kinds('see https://example.org/[Rain] [Rain]')).toEqual(['text', 'link', 'text', 'emoji']);
  expect(kinds('plain')).toEqual(['text']);
});

it('h4 thousands of keys and brackets make few pieces', () => {
  const pieces = drawnPieces('[Grin]'.repeat(2048));
  expect(pieces).toHaveLength(51);
  expect(pieces.map(({ text }) => text).join('')).toBe('😀'.repeat(2048));
  expect(drawnPieces('['.repeat(12_288))).toEqual([{ kind: 'text', text: '['.repeat(12_288) }]);
});

it('for one line keys become characters', () => {
  expect(withCharacters('ok [ThumbsUp] [not]')).toBe('ok 👍 [not]');
});

it('one to three emoji alone are counted, keyed ones too', () => {
  for (const one of ['👍', '❤️', '👩🏽‍🚀', '🏳️‍🌈', '🇨🇭', '1️⃣', '🏴󠁧󠁢󠁷󠁬󠁳󠁿', '✌🏿', '[Rain]', ' 🌊\n', '👨‍👩‍👧‍👦', '👁️‍🗨️'])
    expect([one, emojiAlone(one)]).toEqual([one, 1]);
  expect(emojiAlone('😀 [Heart]')).toBe(2);
  expect(emojiAlone('🇨🇭🇨🇳🇹🇷')).toBe(3);
  for (const other of [
    '',
    '  ',
    '😀😀😀😀',
    'a',
    '😀!',
    '1',
    '©',
    '[Nothing]',
    '☀',
    '😀'.repeat(2000),
    '\u200d',
  ])
    expect([other, emojiAlone(other)]).toEqual([other, 0]);
});

it('every keyed emoji is called something in both languages', () => {
  const keys = Object.keys(KEYED_EMOJI);
  expect(keys.filter((key) => keyedName(key, 'en') === key || keyedName(key, 'zh-CN') === key)).toEqual([]);
  expect(new Set(keys.map((key) => keyedName(key, 'en'))).size).toBe(keys.length);
  expect(new Set(keys.map((key) => keyedName(key, 'zh-CN'))).size).toBe(keys.length);
});

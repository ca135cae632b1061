import { describe, expect, it } from 'vitest';
import { KEYED_EMOJI } from './keyed-emoji';
import { parseGroupSystemNotice, parseGroupTipContent, parseText, type TextNode } from './parse';

const emoji = { '[Grin]': 'emoji_0.png', '[Toothy]': 'emoji_1.png', '[Rain]': 'emoji_2.png' };
const IMG = Symbol('an img node');

/** Nodes as R-M3's table writes them. */
const written = (nodes: TextNode[]) => nodes.map((node) => (node.name === 'img' ? IMG : node.text));

describe('a text', () => {
  it.each<[string, (string | typeof IMG)[]]>([
    ['', []],
    ['hello', ['hello']],
    ['[Grin]', [IMG]],
    ['[Grin][Grin]', [IMG, IMG]],
    ['XXX[Toothy]XXX[Toothy]XXX[Toothy XXX]', ['XXX', IMG, 'XXX', IMG, 'XXX', '[', 'Toothy XXX]']],
    ['[Unknown]', ['[', 'Unknown]']],
    ['a]b[Grin]', ['a]b', IMG]],
    ['][Grin]', [']', IMG]],
    ['[[Grin]]', ['[', IMG, ']']],
    ['[Grin', ['[Grin']],
    ['[', ['[']],
    ['[]', ['[', ']']],
    ['[grin]', ['[', 'grin]']],
    ['[Grin ]', ['[', 'Grin ]']],
    [']', [']']],
    ['[a[Rain]', ['[', 'a', IMG]],
    ['x[Unknown][Rain]y', ['x', '[', 'Unknown]', IMG, 'y']],
    ['[Grin]]', [IMG, ']']],
    ['\n[Grin]\n', ['\n', IMG, '\n']],
  ])('r_m3 %j has the nodes of the table', (text, nodes) => {
    expect(written(parseText({ text }, emoji))).toEqual(nodes);
    expect(written(parseText({ text }))).toEqual(nodes);
  });

  it('r_m3 an img node has what the map has for its key', () => {
    expect(parseText({ text: 'a[Rain]' }, emoji)).toEqual([
      { name: 'text', text: 'a' },
      { name: 'img', src: 'emoji_2.png', key: '[Rain]' },
    ]);
    expect(parseText({ text: '[Rain]' })).toEqual([{ name: 'img', src: '🌧️', key: '[Rain]' }]);
  });

  it('h4 brackets by the thousand have their nodes, and the text comes back from them', () => {
    expect(parseText({ text: `${'['.repeat(20_000)}]` })).toHaveLength(20_001);
    for (const text of [
      '['.repeat(12_288),
      ']'.repeat(12_288),
      ']['.repeat(6000),
      '[Grin]'.repeat(10_000),
      `${'[Gr'.repeat(3000)}in]${'x]'.repeat(1000)}`,
    ]) {
      const back = parseText({ text }).map((node) => (node.name === 'img' ? node.key : node.text));
      expect(back.join('')).toBe(text);
    }
  });

  it('h17 names of every object’s own are no emoji, and what is no text has no nodes', () => {
    for (const text of ['[constructor]', '[__proto__]', '[toString]'])
      expect(written(parseText({ text }, emoji))).toEqual(['[', text.slice(1)]);
    for (const payload of [null, undefined, 'x', 1, [], {}, { text: 1 }, { text: null }])
      expect(parseText(payload)).toEqual([]);
  });
});

it('our own set has at least 40 keyed emoji, each with a key of its own and characters of its own', () => {
  const keys = Object.keys(KEYED_EMOJI);
  expect(keys.length).toBeGreaterThanOrEqual(40);
  expect(new Set(Object.values(KEYED_EMOJI)).size).toBe(keys.length);
  expect(keys).toEqual(expect.arrayContaining(['[Grin]', '[Toothy]', '[Rain]']));
  for (const [key, characters] of Object.entries(KEYED_EMOJI)) {
    expect(key).toMatch(/^\[[A-Za-z]+\]$/u);
    expect([...new Intl.Segmenter('en').segment(characters)]).toHaveLength(1);
    expect(characters).toMatch(/\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f/u);
  }
});

describe('a notice of the system conversation', () => {
  const groupProfile = { groupID: 'g1', groupName: 'Harbour', name: 'Harbour' };

  it.each<[number, string]>([
    [1, 'tom requests to join Harbour'],
    [2, 'You have successfully joined Harbour'],
    [3, 'Your request to join Harbour has been denied.'],
    [4, 'You have been removed from Harbour by tom'],
    [5, 'Harbour has been disbanded by tom'],
    [6, 'tom has created Harbour'],
    [7, 'tom invites you to join Harbour'],
    [8, 'You have withdrawn from Harbour'],
    [9, 'tom has made you an admin of Harbour'],
    [10, 'tom has removed you as an admin of Harbour.'],
    [255, 'Custom system group notification'],
  ])('r_m4 operation %i is worded as in the guide', (operationType, words) => {
    expect(parseGroupSystemNotice({ operationType, operatorID: 'tom', groupProfile })).toBe(words);
  });

  it('r_m4 x7 the group goes by its name under either word, or by its ID', () => {
    const joined = (profile: object) => parseGroupSystemNotice({ operationType: 2, groupProfile: profile });
    expect(joined({ groupID: 'g1', name: 'Pier' })).toBe('You have successfully joined Pier');
    expect(joined({ groupID: 'g1', groupName: 'Pier', name: '' })).toBe('You have successfully joined Pier');
    expect(joined({ groupID: 'g1', groupName: '' })).toBe('You have successfully joined g1');
  });

  it('x14 an operation that nobody knows, and what is no notice at all, say nothing', () => {
    expect(parseGroupSystemNotice({ operationType: 11, operatorID: 'tom', groupProfile })).toBe('');
    for (const payload of [null, undefined, 'x', {}, { operationType: '1' }])
      expect(parseGroupSystemNotice(payload)).toBe('');
    expect(parseGroupSystemNotice({ operationType: 6, operatorID: {}, groupProfile: null })).toBe(
      ' has created ',
    );
  });
});

describe('a tip in a group', () => {
  it.each<[number, string]>([
    [1, 'ann,bob joined the group'],
    [2, 'ann,bob left the group'],
    [3, 'tom removed ann,bob from the group'],
    [4, 'The following member(s) are now admins: ann,bob'],
    [5, 'The following member(s) are no longer admins: ann,bob'],
    [6, '[Group notification]'],
    [7, '[Group notification]'],
    [99, '[Group notification]'],
  ])('r_m5 operation %i is worded as in the guide', (operationType, words) => {
    expect(parseGroupTipContent({ operationType, operatorID: 'tom', userIDList: ['ann', 'bob'] })).toBe(
      words,
    );
  });

  it('x14 what is no tip at all has the general words', () => {
    for (const payload of [null, undefined, 'x', {}])
      expect(parseGroupTipContent(payload)).toBe('[Group notification]');
    expect(parseGroupTipContent({ operationType: 1, userIDList: 'ann' })).toBe(' joined the group');
  });
});

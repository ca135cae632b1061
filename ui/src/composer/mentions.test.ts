import { expect, it } from 'vitest';
import { fitsQuery, mentionQuery, stillMentioned } from './mentions';

it.each([
  ['@', 1, { start: 0, query: '' }],
  ['hi @bo', 6, { start: 3, query: 'bo' }],
  ['hi @bob there', 5, { start: 3, query: 'b' }],
  ['见@美', 3, null],
  ['mail ann@example', 16, null],
  ['@ bob', 5, null],
  ['@a\nb', 4, null],
  ['no', 2, null],
])('in %j at %i somebody is being mentioned: %j', (text, caret, expected) => {
  expect(mentionQuery(text, caret)).toEqual(expected);
});

it('who was deleted from the text again is not mentioned', () => {
  const mentions = [
    { name: 'Bob', userID: 'bob' },
    { name: 'Cleo', userID: 'cleo' },
    { name: 'Bob', userID: 'bob' },
  ];
  expect(stillMentioned('@Bob look', mentions)).toEqual(['bob']);
});

it('people fit by the start of a word or of their id, however it is written', () => {
  expect(fitsQuery('Élise Duval', 'el', 'duv')).toBe(true);
  expect(fitsQuery('Élise Duval', 'el', 'eli')).toBe(true);
  expect(fitsQuery('Élise Duval', 'ed7', 'ed')).toBe(true);
  expect(fitsQuery('Élise Duval', 'ed7', 'val')).toBe(false);
  expect(fitsQuery('陈美玲', 'mei', '美')).toBe(true);
});

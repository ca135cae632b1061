import { expect, it } from 'vitest';
import { newerParts, olderParts } from './parts';
import { TYPES, type Message, type Page } from '../tim';

const page = (count: number, type: string): Page => ({
  messages: Array.from({ length: count }, (_, index) => ({ seq: 101 + index, type }) as unknown as Message),
  nextBefore: 101,
  isCompleted: true,
  isCutOff: false,
});
const seqsOf = (parts: Page[]): (number | null)[][] =>
  parts.map(({ messages }) => messages.map(({ seq }) => seq));

it('lines of text come together', () => {
  const text = page(15, TYPES.MSG_TEXT);
  expect(olderParts(text)).toEqual([text]);
  expect(newerParts(text)).toEqual([text]);
});

it('pictures come a few at a time, those next to the run first, each part joining the one before', () => {
  const pictures = page(7, TYPES.MSG_IMAGE);
  const older = olderParts(pictures);
  expect(seqsOf(older)).toEqual([[106, 107], [104, 105], [102, 103], [101]]);
  expect(older.map(({ nextBefore }) => nextBefore)).toEqual([106, 104, 102, 101]);
  expect(older.map(({ isCompleted }) => isCompleted)).toEqual([false, false, false, true]);
  expect(seqsOf(newerParts(pictures))).toEqual([[101, 102], [103, 104], [105, 106], [107]]);
});

it('an empty page is one part, which says how it goes on', () => {
  const empty = { ...page(0, TYPES.MSG_TEXT), nextBefore: null };
  expect(olderParts(empty)).toEqual([empty]);
  expect(newerParts(empty)).toEqual([empty]);
});

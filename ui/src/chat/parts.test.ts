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

it('pictures come one by one, those next to the run first, each part joining the one before', () => {
  const pictures = page(3, TYPES.MSG_IMAGE);
  const older = olderParts(pictures);
  expect(seqsOf(older)).toEqual([[103], [102], [101]]);
  expect(older.map(({ nextBefore }) => nextBefore)).toEqual([103, 102, 101]);
  expect(older.map(({ isCompleted }) => isCompleted)).toEqual([false, false, true]);
  expect(seqsOf(newerParts(pictures))).toEqual([[101], [102], [103]]);
});

it('a picture among lines of text stands alone, and the lines stay together', () => {
  const { messages } = page(5, TYPES.MSG_TEXT);
  const mixed = messages.map((each, index) => (index === 2 ? { ...each, type: TYPES.MSG_IMAGE } : each));
  expect(seqsOf(newerParts({ ...page(0, ''), messages: mixed as Message[] }))).toEqual([
    [101, 102],
    [103],
    [104, 105],
  ]);
});

it('an empty page is one part, which says how it goes on', () => {
  const empty = { ...page(0, TYPES.MSG_TEXT), nextBefore: null };
  expect(olderParts(empty)).toEqual([empty]);
  expect(newerParts(empty)).toEqual([empty]);
});

import { expect, it } from 'vitest';
import {
  CELL,
  TITLE,
  firstFrom,
  heightOf,
  linesBetween,
  linesOf,
  moved,
  sectionAt,
  type Place,
} from './lines';

const cells = (count: number) =>
  Array.from({ length: count }, (_nothing, at) => ({ characters: String(at), name: '' }));
// Lines: title, 8, 3, title, 8, 8, 2.
const lines = linesOf([
  { id: 'a', title: 'A', cells: cells(11) },
  { id: 'none', title: 'None', cells: [] },
  { id: 'b', title: 'B', cells: cells(18) },
]);
const go = (line: number, column: number, key: string, isFar = false): Place | 'out' | null =>
  moved(lines, { line, column }, key, isFar, 2);

it('sections become lines of known height, and empty ones none', () => {
  expect(lines.map((line) => line.kind[0])).toEqual(['t', 'c', 'c', 't', 'c', 'c', 'c']);
  expect(heightOf(lines)).toBe(2 * TITLE + 5 * CELL);
  expect(heightOf([])).toBe(0);
  expect(lines.map(({ top }) => top)).toEqual([0, 32, 72, 112, 144, 184, 224]);
});

it('only the lines in sight are wanted', () => {
  expect(linesBetween(lines, 0, 40)).toEqual([0, 2]);
  expect(linesBetween(lines, 113, 145)).toEqual([3, 5]);
  expect(linesBetween(lines, 200, 9999)).toEqual([5, 7]);
  expect(linesBetween(lines, 9999, 99_999)).toEqual([0, 0]);
  expect(linesBetween([], 0, 100)).toEqual([0, 0]);
});

it('the section is the one that is being read', () => {
  expect(sectionAt(lines, 0)).toBe('a');
  expect(sectionAt(lines, 90)).toBe('a');
  expect(sectionAt(lines, 112)).toBe('b');
  expect(sectionAt([], 0)).toBe('');
});

it('left and right go through all, up and down keep the column where there is one', () => {
  expect(go(1, 0, 'ArrowRight')).toEqual({ line: 1, column: 1 });
  expect(go(1, 7, 'ArrowRight')).toEqual({ line: 2, column: 0 });
  expect(go(2, 2, 'ArrowRight')).toEqual({ line: 4, column: 0 });
  expect(go(4, 0, 'ArrowLeft')).toEqual({ line: 2, column: 2 });
  expect(go(1, 0, 'ArrowLeft')).toEqual({ line: 1, column: 0 });
  expect(go(6, 1, 'ArrowRight')).toEqual({ line: 6, column: 1 });
  expect(go(1, 6, 'ArrowDown')).toEqual({ line: 2, column: 2 });
  expect(go(2, 1, 'ArrowDown')).toEqual({ line: 4, column: 1 });
  expect(go(6, 1, 'ArrowDown')).toEqual({ line: 6, column: 1 });
  expect(go(4, 5, 'ArrowUp')).toEqual({ line: 2, column: 2 });
  expect(go(1, 5, 'ArrowUp')).toBe('out');
});

it('Home and End go along the line, or to the ends of all; pages are jumped by', () => {
  expect(go(4, 5, 'Home')).toEqual({ line: 4, column: 0 });
  expect(go(4, 5, 'End')).toEqual({ line: 4, column: 7 });
  expect(go(4, 5, 'Home', true)).toEqual({ line: 1, column: 0 });
  expect(go(4, 5, 'End', true)).toEqual({ line: 6, column: 1 });
  expect(go(1, 1, 'PageDown')).toEqual({ line: 4, column: 1 });
  expect(go(6, 1, 'PageUp')).toEqual({ line: 4, column: 1 });
  expect(go(4, 5, 'x')).toBeNull();
});

it('the first place is in a line of emoji', () => {
  expect(firstFrom(lines, 0)).toEqual({ line: 1, column: 0 });
  expect(firstFrom(lines, 3)).toEqual({ line: 4, column: 0 });
  expect(firstFrom([], 0)).toBeNull();
});

import { expect, it } from 'vitest';
import { sizeOf, toSend } from './size';

it('r_t4 a text of 12 KB fits and one byte more does not', () => {
  expect(sizeOf('x'.repeat(12_288))).toEqual({ left: 0, isNear: true, isTooLong: false });
  expect(sizeOf('x'.repeat(12_289))).toMatchObject({ left: -1, isTooLong: true });
  expect(sizeOf('名'.repeat(4097))).toMatchObject({ left: -3, isTooLong: true });
  expect(sizeOf('hello')).toMatchObject({ isNear: false, isTooLong: false });
});

it('blank lines around a text are not sent, blanks within are', () => {
  expect(toSend('\n \n  code\n    more \n\n')).toBe('  code\n    more');
});

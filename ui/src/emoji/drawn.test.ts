import { expect, it } from 'vitest';
import { whatIsDrawn } from './drawn';

it('the newest version that is drawn counts, and flags count by themselves', () => {
  expect(whatIsDrawn(() => true)).toEqual({ version: 17, flags: true });
  expect(whatIsDrawn(() => false)).toEqual({ version: 5, flags: false });
  expect(whatIsDrawn((characters) => characters === '🫠')).toEqual({ version: 14, flags: false });
});

it('where nothing can be looked at, everything counts as drawn', () => {
  expect(whatIsDrawn(null)).toEqual({ version: Infinity, flags: true });
});

import { expect, it } from 'vitest';
import { drawnText, isLong } from './display';

it('h5 thousands of marks, turning characters and joined emoji are not drawn', () => {
  expect(drawnText(`Z${'\u0301'.repeat(10_000)}`)).toBe(`Z${'\u0301'.repeat(6)}`);
  expect(drawnText('\u200f'.repeat(10_000))).toHaveLength(8);
  expect(drawnText('👨\u200d'.repeat(2000))).toContain('\u200b');
});

it('what people write is drawn as it is', () => {
  for (const text of ['plain', '👨‍👩‍👧‍👦', 'नमस्ते', 'é\u0323', 'مرحبا \u200fabc', 'ไม่ได้', '🏳️‍🌈'])
    expect(drawnText(text)).toBe(text);
});

it('long texts and texts of many lines are folded', () => {
  expect(isLong('x'.repeat(1000))).toBe(false);
  expect(isLong('x'.repeat(3000))).toBe(true);
  expect(isLong('\n'.repeat(30))).toBe(true);
});

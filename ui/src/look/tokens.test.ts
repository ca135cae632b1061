import { expect, it } from 'vitest';
import css from './tokens.css?raw';

function colour(name: string, theme: 0 | 1): [number, number, number] {
  const value = new RegExp(`--${name}:\\s*(?:light-dark\\((#\\w{6}), (#\\w{6})\\)|(#\\w{6}))`, 'u').exec(css);
  const hex = value?.[3] ?? value?.[theme + 1];
  if (hex === undefined) throw new Error(`no colour ${name}`);
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
}

function luminance(rgb: [number, number, number]): number {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(over: string, under: string, theme: 0 | 1): number {
  const [a, b] = [luminance(colour(over, theme)), luminance(colour(under, theme))].sort((x, y) => y - x);
  return ((a ?? 0) + 0.05) / ((b ?? 0) + 0.05);
}

const surfaces = ['ground', 'side', 'raised', 'field', 'hover', 'bubble-in'];
const pairs: [string, string][] = [
  ...surfaces.flatMap((under) =>
    ['text', 'text-quiet', 'accent-text'].map((over): [string, string] => [over, under]),
  ),
  ['text', 'selected'],
  ['text', 'pressed'],
  ['text-on-accent', 'accent'],
  ['text-on-accent', 'accent-hover'],
  ['text-on-accent', 'bubble-out'],
  ['bubble-out-quiet', 'bubble-out'],
  ['danger', 'ground'],
  ['danger', 'raised'],
  ['danger', 'side'],
  ['text-on-accent', 'danger-surface'],
  ['warning-text', 'warning-ground'],
  ['warning-text', 'side'],
  ['warning-text', 'ground'],
  ...Array.from({ length: 12 }, (_nothing, index): [string, string] => ['text-on-accent', `avatar-${index}`]),
];

it.each(['light', 'dark'])('every text of the %s theme passes AA on its surface', (name) => {
  const theme = name === 'light' ? 0 : 1;
  const poor = pairs.filter(([over, under]) => contrast(over, under, theme) < 4.5);
  expect(
    poor.map(([over, under]) => `${over} on ${under}: ${contrast(over, under, theme).toFixed(2)}`),
  ).toEqual([]);
});

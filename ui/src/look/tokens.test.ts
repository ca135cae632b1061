import { expect, it } from 'vitest';
import css from './tokens.css?raw';

const themes = ['light', 'dark', 'light with high contrast', 'dark with high contrast'] as const;
type Theme = (typeof themes)[number];

const usual = css.slice(0, css.indexOf("[data-contrast='high']"));
const high = css.slice(usual.length, css.indexOf("[data-density='compact']"));

function colour(name: string, theme: Theme): [number, number, number] {
  const value = new RegExp(`--${name}:\\s*(?:light-dark\\((#\\w{6}), (#\\w{6})\\)|(#\\w{6}))`, 'u');
  const found = (theme.endsWith('contrast') ? value.exec(high) : null) ?? value.exec(usual);
  const hex = found?.[3] ?? found?.[theme.startsWith('light') ? 1 : 2];
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

function contrast(over: string, under: string, theme: Theme): number {
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
  ['text-on-selected', 'selected'],
  ['text-quiet', 'selected'],
  ['text-on-accent', 'accent'],
  ['text-on-accent', 'accent-hover'],
  ['text-on-accent', 'bubble-out'],
  ['bubble-out-quiet', 'bubble-out'],
  ['danger', 'ground'],
  ['danger', 'raised'],
  ['danger', 'side'],
  ['warning-text', 'warning-ground'],
  ['warning-text', 'side'],
  ['warning-text', 'ground'],
];

/** What is written in white in every theme. */
const whites = ['danger-surface', ...Array.from({ length: 12 }, (_nothing, index) => `avatar-${index}`)];

it.each(themes)('every text of the %s theme passes AA on its surface; with high contrast AAA', (theme) => {
  const least = theme.endsWith('contrast') ? 7 : 4.5;
  const poor = pairs
    .map(([over, under]): [string, number] => [`${over} on ${under}`, contrast(over, under, theme)])
    .filter(([, ratio]) => ratio < least);
  expect(poor).toEqual([]);
});

it.each(themes)('white passes AA where it is written in the %s theme', (theme) => {
  const poor = whites.filter((under) => 1.05 / (luminance(colour(under, theme)) + 0.05) < 4.5);
  expect(poor).toEqual([]);
});

it.each(themes)('what is chosen among a few stands out from the others in the %s theme', (theme) => {
  const text = theme.endsWith('contrast') ? 'text-on-accent' : 'text';
  expect(contrast(text, 'segment', theme)).toBeGreaterThan(4.5);
  expect(contrast('segment', 'field', theme)).toBeGreaterThan(1.15);
});

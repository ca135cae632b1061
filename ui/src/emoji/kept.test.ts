import { expect, it, vi } from 'vitest';
import { RECENT, keep, readKept, withRecent } from './kept';

function place(text: string | null = null) {
  let kept = text;
  return { getItem: () => kept, setItem: (_key: string, value: string) => void (kept = value) };
}

it('what was kept comes back for the same user, and not for another', () => {
  const here = place();
  keep('ann', { recent: ['👍🏽', '🌊'], tone: 3 }, here);
  expect(readKept('ann', here)).toEqual({ recent: ['👍🏽', '🌊'], tone: 3 });
  expect(readKept('bob', here)).toEqual({ recent: [], tone: 0 });
});

it('what makes no sense is as if nothing was kept', () => {
  for (const text of [
    '',
    '{',
    '[]',
    '1',
    'null',
    '{"user":"ann"}',
    '{"user":"ann","recent":5,"tone":"dark"}',
  ])
    expect(readKept('ann', place(text))).toEqual({ recent: [], tone: 0 });
  const many = JSON.stringify({ user: 'ann', recent: ['x'.repeat(99), 7, ...Array(99).fill('🌊')], tone: 9 });
  expect(readKept('ann', place(many))).toEqual({ recent: Array(RECENT).fill('🌊'), tone: 0 });
});

it('a place that keeps nothing disturbs nobody', () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const broken = {
    getItem: () => {
      throw new Error('no');
    },
    setItem: () => {
      throw new Error('full');
    },
  };
  expect(readKept('ann', broken)).toEqual({ recent: [], tone: 0 });
  expect(() => keep('ann', { recent: [], tone: 0 }, broken)).not.toThrow();
  expect(readKept('ann', null)).toEqual({ recent: [], tone: 0 });
});

it('the newest is first, each is there once, and the list is bounded', () => {
  expect(withRecent(['a', 'b', 'c'], 'b')).toEqual(['b', 'a', 'c']);
  const full = Array.from({ length: RECENT }, (_nothing, at) => String(at));
  expect(withRecent(full, 'new')).toHaveLength(RECENT);
});

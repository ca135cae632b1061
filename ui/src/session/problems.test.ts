import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CODE, IMError } from '../tim';
import { spoken } from '../words/words.svelte';
import { problemOf } from './problems';
import source from '../../../crates/protocol/src/error.rs?raw';

const codes = [...source.matchAll(/pub const (\w+): i32 = ([\d_]+);/gu)].map(
  ([, name = '', digits = '']) => [name, Number(digits.replaceAll('_', ''))] as const,
);

/** Faults of ours, of which nothing can be said but that. */
const OURS: readonly string[] = ['INTERNAL'];

const known = new Set<number>(Object.values(CODE));

beforeAll(() => {
  // What is spoken also says so to the page.
  globalThis.document ??= { documentElement: {} } as Document;
});
afterAll(() => spoken.speak('en', 'en'));

it('the codes of the protocol are read', () => {
  expect(codes.length).toBeGreaterThan(60);
  expect(codes.filter(([, code]) => !known.has(code))).toEqual([]);
});

describe.each(['en', 'zh-CN'] as const)('in %s', (language) => {
  beforeAll(() => spoken.speak(language, language));

  it.each(codes)('%s (%i) is said in words', (name, code) => {
    const { text } = problemOf(new IMError({ code, message: 'for developers', kind: 'bad_request' }));
    expect(text).toMatch(/[.。]$|tidings:\/\/join\/$/u);
    expect(text).not.toContain('for developers');
    const unknown = problemOf(new IMError({ code: -1, message: '' })).text;
    expect(text === unknown.replace('-1', String(code))).toBe(OURS.includes(name));
  });

  it.each(['network', 'unavailable', 'rate_limited', 'too_large', 'unauthorised'] as const)(
    'a code that nobody knows is said by its kind: %s',
    (kind) => {
      const { text } = problemOf(new IMError({ code: 999_999, message: '', kind }));
      expect(text).not.toContain('999');
    },
  );
});

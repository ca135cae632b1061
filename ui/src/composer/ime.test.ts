import { expect, it } from 'vitest';
import { EnterRule } from './ime';

const enter = { key: 'Enter', isComposing: false, keyCode: 13, shiftKey: false, altKey: false };

it('Enter sends, Shift+Enter does not', () => {
  const rule = new EnterRule();
  expect(rule.sends(enter, 0)).toBe(true);
  expect(rule.sends({ ...enter, shiftKey: true }, 0)).toBe(false);
  expect(rule.sends({ ...enter, key: 'a' }, 0)).toBe(false);
});

it('Enter while composing does not send', () => {
  expect(new EnterRule().sends({ ...enter, isComposing: true, keyCode: 229 }, 0)).toBe(false);
});

it('WebKit’s Enter right after a composition does not send, once', () => {
  const rule = new EnterRule();
  rule.compositionEnded(1000);
  expect(rule.sends({ ...enter, keyCode: 229 }, 1010)).toBe(false);
  expect(rule.sends({ ...enter, keyCode: 229 }, 1020)).toBe(true);
});

it('a late Enter and one that the input method does not want send', () => {
  const rule = new EnterRule();
  rule.compositionEnded(1000);
  expect(rule.sends({ ...enter, keyCode: 229 }, 1600)).toBe(true);
  rule.compositionEnded(2000);
  expect(rule.sends(enter, 2010)).toBe(true);
});

import { expect, it } from 'vitest';
import { isPressed, keysOf, SHORTCUTS } from './shortcuts';

const press = (
  key: string,
  held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', true>> = {},
) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  ...held,
});

it('a shortcut is its keys and no others', () => {
  expect(isPressed('jump', press('k', { ctrlKey: true }))).toBe(true);
  expect(isPressed('jump', press('K', { metaKey: true }))).toBe(true);
  expect(isPressed('jump', press('k'))).toBe(false);
  expect(isPressed('jump', press('k', { ctrlKey: true, shiftKey: true }))).toBe(false);
  expect(isPressed('jump', press('k', { ctrlKey: true, altKey: true }))).toBe(false);
  expect(isPressed('delete', press('Delete'))).toBe(true);
});

it('a sign is the same sign whether a keyboard needs Shift for it or not', () => {
  expect(isPressed('help', press('?', { shiftKey: true }))).toBe(true);
  expect(isPressed('help', press('?'))).toBe(true);
  expect(isPressed('help', press('/', { ctrlKey: true, shiftKey: true }))).toBe(true);
  expect(isPressed('help', press('/'))).toBe(false);
});

it('the keys of zoom work on keyboards that have plus above and beside the equals sign', () => {
  expect(isPressed('larger', press('+', { ctrlKey: true, shiftKey: true }))).toBe(true);
  expect(isPressed('larger', press('=', { ctrlKey: true }))).toBe(true);
  expect(isPressed('smaller', press('-', { metaKey: true }))).toBe(true);
  expect(isPressed('asItWas', press('0', { ctrlKey: true }))).toBe(true);
  expect(isPressed('asItWas', press('0'))).toBe(false);
});

it('an input method that composes presses no shortcut', () => {
  expect(isPressed('delete', { ...press('Delete'), isComposing: true })).toBe(false);
});

it('keys are written as keyboards write them', () => {
  const [jump] = SHORTCUTS.jump.chords;
  expect(keysOf(jump, false)).toEqual(['Ctrl', 'K']);
  expect(keysOf(jump, true)).toEqual(['⌘', 'K']);
  expect(keysOf(SHORTCUTS.break.chords[0], false)).toEqual(['Shift', 'Enter']);
});

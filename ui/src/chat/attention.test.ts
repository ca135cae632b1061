// @vitest-environment happy-dom
import { expect, it, vi } from 'vitest';
import { Attention } from './attention';

it('who leaves the window is gone at once, whatever they pressed before', () => {
  const focus = vi.spyOn(document, 'hasFocus').mockReturnValue(false);
  let now = 0;
  const attention = new Attention(() => now);
  const heard = vi.fn();
  const end = attention.onchange(heard);
  expect(attention.isHere).toBe(false);
  window.dispatchEvent(new Event('keydown'));
  expect(attention.isHere).toBe(true);
  window.dispatchEvent(new Event('blur'));
  expect(attention.isHere).toBe(false);
  expect(heard).toHaveBeenCalledTimes(2);
  // Where a desktop gives no focus, and so takes none, a key press counts for a while.
  window.dispatchEvent(new Event('pointerdown'));
  now = 9_999;
  expect(attention.isHere).toBe(true);
  now = 10_000;
  expect(attention.isHere).toBe(false);
  focus.mockReturnValue(true);
  expect(attention.isHere).toBe(true);
  end();
  window.dispatchEvent(new Event('focus'));
  expect(heard).toHaveBeenCalledTimes(3);
});

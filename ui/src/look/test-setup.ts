/** A page to put components on, in tests: import this first in a file that asks for happy-dom. */
import { cleanup, configure } from '@testing-library/svelte';
import { afterEach, vi } from 'vitest';

afterEach(cleanup);

// What is awaited comes when it comes: this only ends a test that would never end.
configure({ asyncUtilTimeout: 20_000 });

// happy-dom has dialogs but not the focus and top layer of modal ones.
HTMLDialogElement.prototype.showModal = function show(this: HTMLDialogElement) {
  this.setAttribute('open', '');
  (
    this.querySelector<HTMLElement>('[autofocus]') ?? this.querySelector<HTMLElement>('input, button')
  )?.focus();
};
window.matchMedia ??= vi.fn(() => ({
  matches: false,
  addEventListener: vi.fn(),
  removeEventListener: vi.fn(),
})) as never;

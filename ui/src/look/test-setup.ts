/** What the test environment lacks of a browser. */
import { vi } from 'vitest';

// happy-dom has dialogs but not the focus and top layer of modal ones.
HTMLDialogElement.prototype.showModal ??= function show(this: HTMLDialogElement) {
  this.setAttribute('open', '');
};
window.matchMedia ??= vi.fn(() => ({
  matches: false,
  addEventListener: vi.fn(),
  removeEventListener: vi.fn(),
})) as never;

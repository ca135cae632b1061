/** Which modal dialog lies over all others just now: what is told in passing goes into it, or nobody would see or hear it. */

import { untrack } from 'svelte';

class TopDialog {
  #open = $state.raw<readonly HTMLDialogElement[]>([]);

  /** The topmost; `null` while there is none. */
  get now(): HTMLDialogElement | null {
    return this.#open.at(-1) ?? null;
  }

  /** Shows a dialog over the others. Answers with what is to be called when it goes. */
  show(dialog: HTMLDialogElement): () => void {
    dialog.showModal();
    // Whoever shows one does not depend on the others.
    untrack(() => (this.#open = [...this.#open, dialog]));
    return () => (this.#open = this.#open.filter((each) => each !== dialog));
  }
}

export const topDialog = new TopDialog();

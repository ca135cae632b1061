/** Whether a person is looking at this window: what nobody saw is not marked as read. */

/** After a key or a click in this window somebody was here, milliseconds; some desktops give no focus. */
const LINGER = 10_000;

export class Attention {
  #lastInput = -Infinity;
  readonly #listeners = new Set<() => void>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    const touched = (): void => {
      this.#lastInput = this.#now();
      this.#tell();
    };
    const looked = (): void => this.#tell();
    window.addEventListener('focus', looked);
    window.addEventListener('blur', () => {
      // Who went to another window is not here, whatever was pressed before.
      this.#lastInput = -Infinity;
      this.#tell();
    });
    document.addEventListener('visibilitychange', looked);
    window.addEventListener('keydown', touched, { capture: true });
    window.addEventListener('pointerdown', touched, { capture: true });
  }

  get isHere(): boolean {
    if (document.visibilityState !== 'visible') return false;
    return document.hasFocus() || this.#now() - this.#lastInput < LINGER;
  }

  /** Calls `listener` when it may have changed, until the function that this answers is called. */
  onchange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

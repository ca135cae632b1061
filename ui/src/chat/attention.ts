/** Whether a person is looking at this window: what nobody saw is not marked as read. */

/** After a key or a click in this window somebody was here, milliseconds; some desktops give no focus. */
const LINGER = 10_000;

export class Attention {
  #lastInput = -Infinity;
  readonly #onchange: () => void;
  readonly #stop = new AbortController();

  constructor(onchange: () => void) {
    this.#onchange = onchange;
    const { signal } = this.#stop;
    const touched = (): void => {
      this.#lastInput = performance.now();
      this.#onchange();
    };
    const looked = (): void => this.#onchange();
    window.addEventListener('focus', looked, { signal });
    document.addEventListener('visibilitychange', looked, { signal });
    window.addEventListener('keydown', touched, { signal, capture: true });
    window.addEventListener('pointerdown', touched, { signal, capture: true });
    this.#lastInput = performance.now();
  }

  get isHere(): boolean {
    if (document.visibilityState !== 'visible') return false;
    return document.hasFocus() || performance.now() - this.#lastInput < LINGER;
  }

  end(): void {
    this.#stop.abort();
  }
}

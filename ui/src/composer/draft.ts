/** Keeps what is being written: at rest, and at once when the person goes elsewhere. */

/** How long typing rests before it is kept, milliseconds. */
const REST = 400;

export class DraftKeeper {
  readonly #keep: (text: string) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #text = '';

  constructor(keep: (text: string) => void) {
    this.#keep = keep;
  }

  typed(text: string): void {
    this.#text = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), REST);
  }

  /** What was typed is kept now. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#keep(this.#text);
  }
}

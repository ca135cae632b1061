/**
 * The one owner of the chat's scroll position. WebKit anchors nothing by itself, so this does: either the reader is at the end and
 * stays there, or what they see stays where they see it, whatever appears, disappears or changes its height around it.
 */

/** A row, in pixels from the top of what is in sight. */
export interface PlacedRow {
  key: string;
  top: number;
  bottom: number;
  /** A line between messages, which may move to another place among them: nothing is held by it. */
  isMark?: boolean;
}

/** What is scrolled; a page's element, or a model of one in tests. */
export interface Surface {
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
  rows(): PlacedRow[];
}

/** This near to the end counts as at the end, pixels. */
const AT_END = 24;

export class ScrollAuthority {
  readonly #surface: Surface;
  /** Rows in sight, by their place, from the last time that all was still. */
  #seen: PlacedRow[] = [];
  /** Where all was still. */
  #top = 0;
  #isAtEnd = true;
  /** Whether the end of what is loaded is an end to stay at. */
  #mayStick = true;

  constructor(surface: Surface) {
    this.#surface = surface;
  }

  /** The reader is at the end, and new messages come into sight by themselves. */
  get isAtEnd(): boolean {
    return this.#isAtEnd && this.#mayStick;
  }

  /** Pixels above and below what is in sight. */
  get above(): number {
    return this.#surface.scrollTop;
  }

  get below(): number {
    const { scrollHeight, scrollTop, clientHeight } = this.#surface;
    return scrollHeight - clientHeight - scrollTop;
  }

  /** The end of what is loaded is not the end of the conversation: nobody stays there by themselves. */
  allowSticking(isAllowed: boolean): void {
    // Who was where the rows ended is not, by that alone, at the end that came behind them.
    if (isAllowed && !this.#mayStick) this.#isAtEnd = false;
    this.#mayStick = isAllowed;
  }

  /** The reader scrolled. */
  scrolled(): void {
    this.#isAtEnd = this.below <= AT_END;
    this.#look();
  }

  /** Call right before the rows change. */
  willChange(): void {
    if (this.#hasLeft()) this.scrolled();
    else if (!this.isAtEnd) this.#look();
  }

  /** Call after the rows, their heights or the room for them changed, before the next frame. */
  changed(): void {
    if (this.#hasLeft()) return this.scrolled();
    if (this.isAtEnd) this.#goTo(this.#surface.scrollHeight);
    else {
      this.#putBack();
      this.#isAtEnd = this.below <= AT_END;
    }
    this.#look();
  }

  /** To the end, and stay there. */
  toEnd(): void {
    this.#isAtEnd = true;
    this.#goTo(this.#surface.scrollHeight);
    this.#look();
  }

  /** Brings a row's top to a share of the height, 0 the top and 1 the bottom. Says whether the row is there. */
  toRow(key: string, share: number): boolean {
    const row = this.#surface.rows().find((each) => each.key === key);
    if (row === undefined) return false;
    this.#goTo(this.#surface.scrollTop + row.top - share * this.#surface.clientHeight);
    this.#isAtEnd = this.below <= AT_END;
    this.#look();
    return true;
  }

  /** Whether the reader has come to a row: it stands in the upper half, or above. */
  hasReached(key: string): boolean {
    const row = this.#surface.rows().find((each) => each.key === key);
    return row !== undefined && row.top <= this.#surface.clientHeight / 2;
  }

  /** Whether a row is in sight, with all that is behind it, when one is at the end. */
  isSeenFromEnd(key: string): boolean {
    const row = this.#surface.rows().find((each) => each.key === key);
    const { scrollTop, scrollHeight, clientHeight } = this.#surface;
    return row !== undefined && scrollHeight - scrollTop - row.top <= clientHeight;
  }

  /** Brings a row into sight by the shortest way. */
  intoSight(key: string): void {
    const row = this.#surface.rows().find((each) => each.key === key);
    if (row === undefined) return;
    const { clientHeight, scrollTop } = this.#surface;
    if (row.top < 0) this.#goTo(scrollTop + row.top - 8);
    else if (row.bottom > clientHeight)
      this.#goTo(scrollTop + Math.min(row.top, row.bottom - clientHeight + 8));
    this.scrolled();
  }

  #look(): void {
    const rows = this.#surface.rows();
    const inSight = rows.filter((row) => row.bottom > 0 && row.top < this.#surface.clientHeight);
    this.#seen = (inSight.length > 0 ? inSight : rows).filter((row) => row.isMark !== true);
    this.#top = this.#surface.scrollTop;
  }

  /** The reader was at the end and has scrolled up; the page says so only with its next frame. */
  #hasLeft(): boolean {
    const { scrollTop, scrollHeight, clientHeight } = this.#surface;
    return this.isAtEnd && scrollTop < Math.min(this.#top, scrollHeight - clientHeight) - 1;
  }

  #putBack(): void {
    const now = new Map(this.#surface.rows().map((row) => [row.key, row]));
    const scrolled = this.#scrolledMeanwhile();
    for (const before of this.#seen) {
      const row = now.get(before.key);
      if (row === undefined) continue;
      const moved = row.top - before.top + scrolled;
      if (Math.abs(moved) >= 0.5) this.#goTo(this.#surface.scrollTop + moved);
      return;
    }
  }

  /** How far the reader has scrolled since all was still, pixels: the page says so only with its next frame, and it is not to be undone. */
  #scrolledMeanwhile(): number {
    const { scrollTop, scrollHeight, clientHeight } = this.#surface;
    // Where there is less to scroll than before, the page itself has moved to the end of it.
    const isShortened = scrollTop < this.#top && scrollTop >= scrollHeight - clientHeight - 1;
    return isShortened ? 0 : scrollTop - this.#top;
  }

  #goTo(top: number): void {
    const { scrollHeight, clientHeight } = this.#surface;
    const target = Math.max(0, Math.min(top, scrollHeight - clientHeight));
    if (Math.abs(target - this.#surface.scrollTop) >= 0.5) this.#surface.scrollTop = target;
  }
}

/** The surface of a page's element whose rows bear `data-key`; the messages among them are articles. */
export function surfaceOf(element: HTMLElement): Surface {
  return {
    get scrollTop() {
      return element.scrollTop;
    },
    set scrollTop(top) {
      element.scrollTop = top;
    },
    get scrollHeight() {
      return element.scrollHeight;
    },
    get clientHeight() {
      return element.clientHeight;
    },
    rows() {
      const origin = element.getBoundingClientRect().top + element.clientTop;
      return Array.from(element.querySelectorAll<HTMLElement>('[data-key]'), (row) => {
        const { top, bottom } = row.getBoundingClientRect();
        const isMark = row.tagName !== 'ARTICLE';
        return { key: row.dataset['key'] ?? '', top: top - origin, bottom: bottom - origin, isMark };
      });
    },
  };
}

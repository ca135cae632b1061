import { describe, expect, it } from 'vitest';
import { ScrollAuthority, type PlacedRow, type Surface } from './scroll';

/** Rows with heights, in a window of a height: a page without a browser. */
class Model implements Surface {
  rowsWithHeights: { key: string; height: number; isMark?: boolean }[] = [];
  #top = 0;
  clientHeight = 100;

  get scrollHeight(): number {
    return Math.max(
      this.clientHeight,
      this.rowsWithHeights.reduce((sum, row) => sum + row.height, 0),
    );
  }

  get scrollTop(): number {
    return Math.min(this.#top, this.scrollHeight - this.clientHeight);
  }

  set scrollTop(top: number) {
    this.#top = Math.max(0, Math.min(top, this.scrollHeight - this.clientHeight));
  }

  rows(): PlacedRow[] {
    let top = -this.scrollTop;
    return this.rowsWithHeights.map(({ key, height, isMark = false }) => {
      const row = { key, top, bottom: top + height, isMark };
      top += height;
      return row;
    });
  }

  set(from: number, to: number, height = 20): void {
    this.rowsWithHeights = [];
    for (let index = from; index <= to; index += 1) this.rowsWithHeights.push({ key: `${index}`, height });
  }

  topOf(key: string): number | undefined {
    return this.rows().find((row) => row.key === key)?.top;
  }
}

function reader(from: number, to: number): { model: Model; authority: ScrollAuthority } {
  const model = new Model();
  model.set(from, to);
  const authority = new ScrollAuthority(model);
  authority.toEnd();
  return { model, authority };
}

function scroll(model: Model, authority: ScrollAuthority, top: number): void {
  model.scrollTop = top;
  authority.scrolled();
}

describe('a reader at the end', () => {
  it('stays there when messages come', () => {
    const { model, authority } = reader(1, 20);
    authority.willChange();
    model.set(1, 25);
    authority.changed();
    expect(authority.below).toBe(0);
    expect(authority.isAtEnd).toBe(true);
  });

  it('stays there when the window gets lower', () => {
    const { model, authority } = reader(1, 20);
    model.clientHeight = 60;
    authority.changed();
    expect(authority.below).toBe(0);
  });

  it('stays there when the oldest messages are cut', () => {
    const { model, authority } = reader(1, 20);
    authority.willChange();
    model.set(5, 21);
    authority.changed();
    expect(authority.below).toBe(0);
  });

  it('is not at the end when what is loaded does not end the conversation', () => {
    const { model, authority } = reader(1, 20);
    authority.allowSticking(false);
    authority.scrolled();
    const seen = model.topOf('20');
    authority.willChange();
    model.set(1, 35);
    authority.changed();
    expect(model.topOf('20')).toBe(seen);
  });
});

it('who scrolled up is not drawn back by what comes before the page says that they scrolled', () => {
  const { model, authority } = reader(1, 20);
  model.scrollTop = 200;
  authority.changed();
  expect(model.scrollTop).toBe(200);
  authority.toEnd();
  model.scrollTop = 200;
  authority.willChange();
  model.set(1, 25);
  authority.changed();
  expect(model.scrollTop).toBe(200);
});

it('the end of what was loaded becoming the end of the conversation draws nobody there', () => {
  const { model, authority } = reader(1, 5);
  authority.allowSticking(false);
  authority.changed();
  authority.willChange();
  model.set(1, 15);
  authority.allowSticking(true);
  authority.changed();
  expect(model.scrollTop).toBe(0);
  expect(authority.isAtEnd).toBe(false);
});

it('who sees the end because the window grew is at the end', () => {
  const { model, authority } = reader(1, 20);
  scroll(model, authority, 250);
  model.clientHeight = 150;
  authority.changed();
  expect(authority.isAtEnd).toBe(true);
});

describe('a reader of older messages', () => {
  it('sees no text move when a line between the messages moves up with those that come above', () => {
    const { model, authority } = reader(21, 40);
    const line = { key: 'new', height: 20, isMark: true };
    model.rowsWithHeights.unshift(line);
    scroll(model, authority, 0);
    const seen = model.topOf('21');
    authority.willChange();
    model.set(6, 40);
    model.rowsWithHeights.unshift(line);
    authority.changed();
    expect(model.topOf('21')).toBe(seen);
  });

  it('sees no text move when history comes above', () => {
    const { model, authority } = reader(21, 40);
    scroll(model, authority, 33);
    const seen = model.topOf('23');
    authority.willChange();
    model.set(1, 40);
    authority.changed();
    expect(model.topOf('23')).toBe(seen);
  });

  it('sees no text move when history comes while they are at the very top', () => {
    const { model, authority } = reader(21, 40);
    scroll(model, authority, 0);
    authority.willChange();
    model.set(6, 40);
    authority.changed();
    expect(model.topOf('21')).toBe(0);
  });

  it('sees no text move when history comes above and the newest messages are cut', () => {
    const { model, authority } = reader(21, 60);
    scroll(model, authority, 50);
    const seen = model.topOf('24');
    authority.willChange();
    model.set(6, 45);
    authority.changed();
    expect(model.topOf('24')).toBe(seen);
  });

  it('sees no text move when messages come below', () => {
    const { model, authority } = reader(1, 40);
    scroll(model, authority, 200);
    const seen = model.topOf('11');
    authority.willChange();
    model.set(1, 60);
    authority.changed();
    expect(model.topOf('11')).toBe(seen);
  });

  it('sees no text move when a row above changes its height', () => {
    const { model, authority } = reader(1, 40);
    scroll(model, authority, 200);
    const seen = model.topOf('11');
    const row = model.rowsWithHeights[2];
    if (row) row.height = 75;
    authority.changed();
    expect(model.topOf('11')).toBe(seen);
  });

  it('keeps what they scrolled before the page says so, whatever changes above them', () => {
    const { model, authority } = reader(1, 40);
    scroll(model, authority, 200);
    model.scrollTop = 140;
    const seen = model.topOf('11');
    const row = model.rowsWithHeights[2];
    if (row) row.height = 75;
    authority.changed();
    expect(model.topOf('11')).toBe(seen);
    expect(model.scrollTop).toBe(195);
  });

  it('sees no text move when rows far above go while they are near the end of what is loaded', () => {
    const { model, authority } = reader(1, 40);
    authority.allowSticking(false);
    scroll(model, authority, 690);
    const seen = model.topOf('37');
    authority.willChange();
    model.set(21, 42);
    authority.changed();
    expect(model.topOf('37')).toBe(seen);
  });

  it('keeps the next row in its place when the first in sight is gone', () => {
    const { model, authority } = reader(1, 40);
    scroll(model, authority, 200);
    const seen = model.topOf('12');
    authority.willChange();
    model.rowsWithHeights = model.rowsWithHeights.filter((row) => row.key !== '11');
    authority.changed();
    expect(model.topOf('12')).toBe(seen);
  });
});

it('goes to a row, and says when it is not there', () => {
  const { model, authority } = reader(1, 40);
  expect(authority.toRow('10', 0.25)).toBe(true);
  expect(model.topOf('10')).toBe(25);
  expect(authority.isAtEnd).toBe(false);
  expect(authority.toRow('new', 0)).toBe(false);
});

it('brings a row into sight by the shortest way', () => {
  const { model, authority } = reader(1, 40);
  scroll(model, authority, 200);
  authority.intoSight('11');
  expect(model.scrollTop).toBe(200);
  authority.intoSight('8');
  expect(model.topOf('8')).toBe(8);
});

describe('the way down', () => {
  it('knows whether a row is reached, and whether it is seen from the end', () => {
    const { model, authority } = reader(1, 20);
    scroll(model, authority, 0);
    expect(authority.hasReached('12')).toBe(false);
    expect(authority.isSeenFromEnd('12')).toBe(false);
    expect(authority.isSeenFromEnd('16')).toBe(true);
    authority.toRow('12', 0.2);
    expect(authority.hasReached('12')).toBe(true);
    expect(authority.hasReached('gone')).toBe(false);
  });
});

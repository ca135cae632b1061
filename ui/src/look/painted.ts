/** Says when something is on the screen for the first time: to measure, and to show the window without a flash. */

export type Painted = 'shell' | 'list' | 'page';

declare global {
  interface Window {
    /** When each was painted first, milliseconds since the page began. */
    __painted?: Partial<Record<Painted, number>>;
  }
}

/** Calls `done` after the next frame has been painted, or soon when no frames are painted because nothing is shown yet. */
export function afterPaint(done: () => void): void {
  let isDone = false;
  const once = (): void => {
    if (isDone) return;
    isDone = true;
    done();
  };
  requestAnimationFrame(() => setTimeout(once));
  setTimeout(once, 200);
}

/** A function that tells `tell` the first time that each of them is painted. */
export function makePainted(tell: (what: Painted) => void): (what: Painted) => void {
  const seen: Partial<Record<Painted, number>> = {};
  const begun = new Set<Painted>();
  window.__painted = seen;
  return (what) => {
    if (begun.has(what)) return;
    begun.add(what);
    afterPaint(() => {
      seen[what] = performance.now();
      tell(what);
    });
  };
}

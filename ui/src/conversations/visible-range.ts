/** Rows above and below those in sight. */
export const AROUND = 6;

/** Which rows of equal height are worth having in the page: those in sight and a few around them. */
export function visibleRange(
  count: number,
  rowHeight: number,
  top: number,
  height: number,
  around = AROUND,
): { first: number; last: number } {
  const first = Math.max(0, Math.min(Math.floor(top / rowHeight) - around, count));
  const last = Math.min(count, Math.ceil((top + height) / rowHeight) + around);
  return { first, last: Math.max(first, last) };
}

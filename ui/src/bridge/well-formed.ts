/**
 * Makes text fit to cross to Rust: a lone surrogate, which UTF-8 cannot carry, becomes U+FFFD (H36). Everything else,
 * NUL included, stays as it is.
 */
export function wellFormed(text: string): string {
  return text.toWellFormed();
}

/** {@link wellFormed} for every text in a request; arrays and plain objects are copied, the rest is returned as it is. */
export function wellFormedDeep(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (Array.isArray(value)) return value.map(wellFormedDeep);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [wellFormed(key), wellFormedDeep(inner)]),
    );
  }
  return value;
}

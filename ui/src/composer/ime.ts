/**
 * Enter while an input method composes must not send, and choose nothing. Most systems say so with `isComposing`. WebKit ends the composition
 * before the Enter that ended it arrives, and marks that Enter with the key code 229 alone.
 */

/** How long after a composition its last Enter may come, milliseconds. */
const LATE = 500;

export class EnterRule {
  #endedAt = -Infinity;

  compositionEnded(at: number): void {
    this.#endedAt = at;
  }

  /** Whether this key press sends, or chooses. */
  sends(
    event: Pick<KeyboardEvent, 'key' | 'isComposing' | 'keyCode' | 'shiftKey' | 'altKey'>,
    at: number,
  ): boolean {
    if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.isComposing) return false;
    const endsComposition = event.keyCode === 229 && at - this.#endedAt < LATE;
    // Once: the next Enter is the person's own.
    this.#endedAt = -Infinity;
    return !endsComposition;
  }
}

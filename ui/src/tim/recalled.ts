/** What one's own recalled messages said, as long as this page lives: "Edit again" needs it, and nobody else may have it. */
import type { Message } from './message';

/** Messages that are remembered. */
const MOST = 50;

export class RecalledTexts {
  readonly #texts = new Map<string, string>();

  keep({ clientID }: Message, payload: unknown): void {
    const { text } = Object(payload) as Record<string, unknown>;
    if (typeof text !== 'string') return;
    this.#texts.set(clientID, text);
    for (const oldest of this.#texts.keys()) {
      if (this.#texts.size <= MOST) break;
      this.#texts.delete(oldest);
    }
  }

  textOf({ clientID }: Message): string | null {
    return this.#texts.get(clientID) ?? null;
  }

  clear(): void {
    this.#texts.clear();
  }
}

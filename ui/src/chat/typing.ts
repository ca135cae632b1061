/** "NAME is typing": told by a message that only who is online gets, and forgotten soon. */
import { TYPES, type Message } from '../tim';

const DATA = 'tidings/typing';
/** What is sent: TIM's other apps show nothing of it. */
export const TYPING = { data: DATA, description: '', extension: '' };
/** It is told at most this often, and holds so long, milliseconds. */
const EVERY = 4000;
const HOLDS = 6000;
/** So many are remembered in one conversation. */
const MOST = 10;

export function isTyping({ type, payload, isOnlineOnly }: Message): boolean {
  if (type !== TYPES.MSG_CUSTOM || !isOnlineOnly) return false;
  return (Object(payload) as Record<string, unknown>)['data'] === DATA;
}

/** When to tell others. */
export class TypingTeller {
  #last = -Infinity;

  /** Whether this is the moment to tell; `now` in milliseconds. */
  tells(now: number): boolean {
    if (now - this.#last < EVERY) return false;
    this.#last = now;
    return true;
  }

  /** What was typed has been sent: the next letter is told at once. */
  rest(): void {
    this.#last = -Infinity;
  }
}

/** Who types. */
export class Typists {
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #changed: (typists: string[]) => void;

  constructor(changed: (typists: string[]) => void) {
    this.#changed = changed;
  }

  types(userID: string): void {
    if (!this.#timers.has(userID) && this.#timers.size >= MOST) return;
    clearTimeout(this.#timers.get(userID));
    this.#timers.set(
      userID,
      setTimeout(() => this.rests(userID), HOLDS),
    );
    this.#tell();
  }

  rests(userID: string): void {
    if (!this.#timers.has(userID)) return;
    clearTimeout(this.#timers.get(userID));
    this.#timers.delete(userID);
    this.#tell();
  }

  end(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #tell(): void {
    this.#changed([...this.#timers.keys()]);
  }
}

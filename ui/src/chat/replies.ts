/**
 * Quoted replies. What goes along is only which message is meant, in `cloudCustomData`: a copy of its text would outlive its recall in
 * the logs of others, so the quote is drawn from the message itself.
 */
import type { Message } from '../tim';

export interface ReplyTo {
  seq: number;
  from: string;
}

/** Longer than this no reply of ours is, UTF-16 units. */
const LONGEST = 4096;

/** The `cloudCustomData` of an answer to this message; empty when it has no place in the log yet. */
export function replyData({ seq, from }: Pick<Message, 'seq' | 'from'>): string {
  return seq === null ? '' : JSON.stringify({ reply: { seq, from, text: '' } });
}

/** What a message answers. It is what somebody else wrote: whatever makes no sense is no reply. */
export function replyOf({ cloudCustomData }: Pick<Message, 'cloudCustomData'>): ReplyTo | null {
  if (cloudCustomData === '' || cloudCustomData.length > LONGEST) return null;
  try {
    const { reply } = Object(JSON.parse(cloudCustomData)) as Record<string, unknown>;
    const { seq, from } = Object(reply) as Record<string, unknown>;
    const isPlace = typeof seq === 'number' && Number.isSafeInteger(seq) && seq > 0;
    return isPlace && typeof from === 'string' ? { seq, from } : null;
  } catch {
    return null;
  }
}

/** What is known of a quoted message: `undefined` while it is asked for, `null` when it cannot be had. */
export type Quoted = Message | null | undefined;

/** Messages that are quoted on a page, by their places; those that are not on the page are fetched, once each. */
export class Quotes {
  readonly #known = new Map<number, Message | null>();
  readonly #asked = new Set<number>();
  readonly #fetch: (seq: number) => Promise<Message | null>;
  readonly #came: () => void;

  constructor(fetch: (seq: number) => Promise<Message | null>, came: () => void) {
    this.#fetch = fetch;
    this.#came = came;
  }

  find(seq: number, onPage: ReadonlyMap<number, Message>): Quoted {
    const here = onPage.get(seq);
    if (here !== undefined) return here;
    if (this.#known.has(seq)) return this.#known.get(seq);
    if (!this.#asked.has(seq)) {
      this.#asked.add(seq);
      void this.#ask(seq);
    }
    return undefined;
  }

  async #ask(seq: number): Promise<void> {
    let found: Message | null = null;
    try {
      found = await this.#fetch(seq);
    } catch {
      // It cannot be had just now; the page says so.
    }
    this.#known.set(seq, found);
    this.#came();
  }
}

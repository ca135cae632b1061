/**
 * The part of a conversation's log that is on the page: a run of messages without holes in its middle, bounded in length. It grows
 * at the end that is being read and is cut at the other; what was cut is asked for again when somebody comes back to it. What waits or
 * failed stands behind the newest message.
 */
import type { Message, Page } from '../tim';

/** The key of a message, the same for ever. */
export function keyOf(message: Message): string {
  return `${message.from}\n${message.clientID}`;
}

const place = (message: Message): number => message.seq ?? Infinity;

export class ChatLog {
  messages: Message[] = [];
  /** Whether the end of the run is the end of the log. */
  isAtNewest = false;
  /** Whether the beginning of the run is the beginning of the log. */
  isCompleted = false;
  /** Older messages exist, and cannot be had without a connection. */
  isCutOff = false;
  #before: number | null = null;

  /** Where the page before this run begins; `null` when there is none. */
  get before(): number | null {
    return this.#before;
  }

  get oldestSeq(): number | null {
    return this.messages[0]?.seq ?? null;
  }

  get newestSeq(): number | null {
    return this.messages.findLast((each) => each.seq !== null)?.seq ?? null;
  }

  /** Begins anew with this page. */
  reset(page: Page, isAtNewest: boolean): void {
    this.messages = ordered(page.messages);
    this.isAtNewest = isAtNewest;
    this.#takeEnd(page);
  }

  /** A page that ends where this run begins; what is more than `most` goes from the newer end. */
  addOlder(page: Page, most: number): void {
    this.messages = ordered([...page.messages, ...this.messages]);
    this.#takeEnd(page);
    if (this.messages.length <= most) return;
    this.messages = this.messages.slice(0, most);
    this.isAtNewest = false;
  }

  /** A page that begins where this run ends; what is more than `most` goes from the older end. */
  addNewer(page: Page, isAtNewest: boolean, most: number): void {
    this.messages = ordered([...this.messages, ...page.messages]);
    this.isAtNewest = isAtNewest;
    this.#cutOldest(most);
  }

  /**
   * News of this conversation. Messages that belong to the run, or right behind its newest end, are taken in; others are left for
   * their page. `cut` says at which end the run may be cut: behind the reader's back only.
   */
  merge(news: readonly Message[], most: number, cut: 'oldest' | 'newest'): void {
    const held = new Set(this.messages);
    const oldest = this.oldestSeq ?? (this.isCompleted ? 0 : Infinity);
    const newest = this.newestSeq ?? 0;
    const fits = (message: Message): boolean => {
      if (held.has(message)) return false;
      if (message.seq === null) return this.isAtNewest;
      if (message.seq > newest) return this.isAtNewest;
      return message.seq > oldest || this.isCompleted;
    };
    const all = ordered([...this.messages, ...news.filter(fits)]);
    this.messages = all;
    if (cut === 'oldest') return this.#cutOldest(most);
    if (all.length <= most) return;
    this.messages = all.slice(0, most);
    this.isAtNewest = false;
  }

  /** Those who are called otherwise now are so on the page, too; says whether anybody is. */
  rename(people: readonly { userID: string; nick: string }[]): boolean {
    const nicks = new Map(people.map(({ userID, nick }) => [userID, nick]));
    let isChanged = false;
    for (const message of this.messages) {
      const nick = nicks.get(message.from) ?? message.nick;
      isChanged ||= nick !== message.nick;
      message.nick = nick;
    }
    return isChanged;
  }

  remove(message: Message): void {
    this.messages = this.messages.filter((each) => each !== message);
  }

  #cutOldest(most: number): void {
    if (this.messages.length <= most) return;
    this.messages = this.messages.slice(-most);
    this.isCompleted = false;
    this.#before = this.oldestSeq;
  }

  #takeEnd(page: Page): void {
    this.isCompleted = page.isCompleted;
    this.isCutOff = page.isCutOff;
    this.#before = page.nextBefore;
  }
}

/** By place in the log, each once; what has no place yet stands last, in its own order. */
function ordered(messages: readonly Message[]): Message[] {
  return [...new Set(messages)].sort((a, b) => {
    const [x, y] = [place(a), place(b)];
    return x === y ? 0 : x - y;
  });
}

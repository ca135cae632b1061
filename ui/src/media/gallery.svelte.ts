/** The pictures and videos of a conversation in their order, from where somebody began to look; more come at both ends. */
import type { Viewing } from '../session/files.svelte';
import type { Message, TimClient } from '../tim';

/** Fetched at once, and looked through at once for newer ones. */
const COUNT = 40;
const STRIDE = 100;
/** Strides in one go. */
const STRIDES = 20;

export class Gallery {
  readonly #tim: TimClient;
  readonly #conversationID: string;
  /** The place of the conversation's newest message. */
  readonly #lastSeq: number;
  #isLoading = false;
  /** Everything up to here was looked through. */
  #seenUpTo: number;
  messages = $state.raw<readonly Message[]>([]);
  at = $state.raw<Message>() as Message;
  hasOlder = $state(true);
  hasNewer = $state(true);

  constructor(tim: TimClient, { conversationID, messages, at }: Viewing, lastSeq: number) {
    this.#tim = tim;
    this.#conversationID = conversationID;
    this.#lastSeq = lastSeq;
    this.messages = ordered(messages);
    this.at = at;
    this.#seenUpTo = this.messages.at(-1)?.seq ?? 0;
    this.hasNewer = this.#seenUpTo < lastSeq;
  }

  get index(): number {
    return this.messages.indexOf(this.at);
  }

  /** Those on both sides, to be fetched before they are wanted. */
  get neighbours(): Message[] {
    return [this.messages[this.index - 1], this.messages[this.index + 1]].filter(
      (each) => each !== undefined,
    );
  }

  async step(by: -1 | 1): Promise<void> {
    if (this.messages[this.index + by] === undefined) await (by < 0 ? this.older() : this.newer());
    const to = this.messages[this.index + by];
    if (to !== undefined) this.at = to;
  }

  async older(): Promise<void> {
    const before = this.messages[0]?.seq ?? null;
    if (!this.hasOlder || before === null) return;
    await this.#load(async () => {
      const page = await this.#page(before, COUNT);
      this.#add(page.messages);
      this.hasOlder = page.messages.length > 0 && page.nextBefore !== null;
    });
  }

  async newer(): Promise<void> {
    if (!this.hasNewer) return;
    await this.#load(async () => {
      const had = this.messages.length;
      for (let stride = 0; stride < STRIDES && this.hasNewer && this.messages.length === had; stride += 1) {
        const end = this.#seenUpTo + STRIDE;
        // No more than a stride's messages can be in a stride: none of them is left out.
        const { messages } = await this.#page(end + 1, STRIDE);
        this.#add(messages.filter((each) => (each.seq ?? 0) > this.#seenUpTo));
        this.#seenUpTo = end;
        this.hasNewer = end < this.#lastSeq;
      }
    });
  }

  /** A message that is gone is not looked at any more; says whether anything is left. */
  drop(gone: Message): boolean {
    const { index } = this;
    this.messages = this.messages.filter((each) => each !== gone);
    const next = this.messages[Math.min(index, this.messages.length - 1)];
    if (this.at === gone && next !== undefined) this.at = next;
    return next !== undefined;
  }

  #page(before: number, count: number) {
    return this.#tim.tidings.mediaPage(this.#conversationID, 'media', before, count);
  }

  async #load(work: () => Promise<void>): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      await work();
    } catch (thrown) {
      console.warn('more pictures did not come', thrown);
    } finally {
      this.#isLoading = false;
    }
  }

  #add(messages: readonly Message[]): void {
    this.messages = ordered([...this.messages, ...messages]);
  }
}

function ordered(messages: readonly Message[]): Message[] {
  return [...new Set(messages)]
    .filter((each) => each.seq !== null && !each.isRevoked && !each.isDeleted)
    .sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
}

/** One open chat: which part of the log is shown, what comes and goes, what is read. Scrolling belongs to scroll.ts. */
import type { Session } from '../session/session.svelte';
import { EVENT, TIDINGS_EVENT, type Conversation, type Message, type TimClient } from '../tim';
import { ChatLog } from './log';
import { rowsOf, type Row } from './rows';

/** Messages of the first page, and of each further one. */
const FIRST = 30;
const MORE = 15;
/** Messages on the page at most in a window of usual height (H11). */
const MOST = 60;
/** This near to an end of the page, the next page is fetched, pixels. */
export const NEAR = 300;
/** The height of the lowest message, pixels. */
const LOWEST = 36;

export class ChatPage {
  readonly #tim: TimClient;
  readonly #me: string;
  readonly conversationID: string;
  readonly #log = new ChatLog();
  readonly #stop: (() => void)[] = [];
  #frame: ReturnType<typeof setTimeout> | undefined;
  #loading: 'older' | 'newer' | null = null;
  #most = MOST;
  /** Rises when other messages are shown: a page that was asked for before does not join on to them. */
  #generation = 0;
  #readUpTo: number | null;

  rows = $state.raw<Row[]>([]);
  isLoaded = $state(false);
  isLoadingOlder = $state(false);
  isCompleted = $state(false);
  isCutOff = $state(false);
  isAtNewest = $state(true);
  /** Says whether the reader is at the end: then the run is cut above, else below. */
  isReaderAtEnd: () => boolean = () => true;

  constructor(session: Session, conversation: Conversation) {
    this.#tim = session.tim;
    this.#me = session.account?.profile.userID ?? '';
    this.conversationID = conversation.conversationID;
    this.#readUpTo = conversation.unreadCount > 0 ? conversation.readSeq : null;
    this.#hear(EVENT.MESSAGE_RECEIVED, (data: Message[]) => this.#merge(data));
    this.#hear(TIDINGS_EVENT.MESSAGES_CHANGED, (data: Message[]) => this.#merge(data));
    this.#hear(TIDINGS_EVENT.HISTORY_FILLED, (data: { conversationID: string }) => {
      if (data.conversationID === this.conversationID) void this.refresh();
    });
    // What could not be had without a connection can be had now.
    this.#hear(EVENT.NET_STATE_CHANGE, (data: { state: string }) => {
      if (data.state === 'connected' && this.#log.isCutOff) void this.refresh();
    });
    this.#hear(TIDINGS_EVENT.OVERFLOW, () => void this.refresh());
  }

  /** The first page: the newest, or the one around where reading stopped. */
  async open(conversation: Conversation): Promise<void> {
    const { unreadCount, readSeq } = conversation;
    const isFarBack = unreadCount > FIRST - MORE && readSeq + MORE < conversation.seq;
    const before = isFarBack ? readSeq + MORE + 1 : null;
    try {
      let page = await this.#page(before, FIRST);
      // Where reading stopped may not be on this computer, and out of reach.
      if (before !== null && page.messages.length === 0) page = await this.#page(null, FIRST);
      this.#log.reset(page, before === null || page.messages.at(-1)?.seq === conversation.seq);
    } catch (thrown) {
      console.warn('the first page did not come', thrown);
      this.#log.isCutOff = true;
      this.#log.isAtNewest = true;
    }
    // What came meanwhile may be newer than the page.
    this.#log.merge(this.#news.splice(0), this.#most, 'oldest');
    this.#show();
    this.isLoaded = true;
  }

  /** How many messages may stand on the page in a window of this height. */
  fit(height: number): void {
    // What is left after one page came and another went must reach beyond both ends of the window, or the pages would chase each other.
    this.#most = Math.max(MOST, Math.ceil((height + 2 * NEAR) / LOWEST) + MORE + 5);
  }

  async older(): Promise<void> {
    const { before } = this.#log;
    if (this.#loading !== null || before === null) return;
    this.#loading = 'older';
    this.isLoadingOlder = true;
    try {
      const generation = this.#generation;
      const page = await this.#page(before, MORE);
      if (generation === this.#generation) this.#log.addOlder(page, this.#most);
    } catch (thrown) {
      console.warn('an older page did not come', thrown);
      this.#log.isCutOff = true;
    } finally {
      this.#loading = null;
      this.isLoadingOlder = false;
      this.#show();
    }
  }

  async newer(): Promise<void> {
    const from = this.#log.newestSeq;
    if (this.#loading !== null || this.#log.isAtNewest || from === null) return;
    this.#loading = 'newer';
    try {
      const generation = this.#generation;
      const page = await this.#page(from + MORE + 1, MORE);
      if (generation !== this.#generation) return;
      const isFull = page.messages.length === MORE && page.messages.at(-1)?.seq === from + MORE;
      if (isFull) this.#log.addNewer(page, false, this.#most);
      // Fewer than asked for: this is the end, and what waits stands there too.
      else {
        const newest = await this.#page(null, this.#most);
        if (generation === this.#generation) this.#log.addNewer(newest, true, this.#most);
      }
      this.#show();
    } catch (thrown) {
      console.warn('a newer page did not come', thrown);
    } finally {
      this.#loading = null;
    }
  }

  /** To the newest page, when it is not the one that is shown. */
  async latest(): Promise<void> {
    if (this.#log.isAtNewest) return;
    this.#reset(await this.#page(null, FIRST), true);
    this.#show();
  }

  /** What is shown, asked for again. */
  async refresh(): Promise<void> {
    try {
      const newest = this.#log.newestSeq;
      const before = this.#log.isAtNewest || newest === null ? null : newest + 1;
      const page = await this.#page(before, Math.max(FIRST, this.#log.messages.length));
      this.#reset(page, before === null);
      this.#show();
    } catch (thrown) {
      console.warn('the page did not come again', thrown);
    }
  }

  /** Sends a text. What becomes of it shows at the message. */
  async send(text: string): Promise<void> {
    const to = this.conversationID.replace(/^(?:C2C|GROUP)/u, '');
    const conversationType = this.conversationID.startsWith('GROUP') ? 'GROUP' : 'C2C';
    const message = this.#tim.createTextMessage({ to, conversationType, payload: { text } });
    if (message === undefined) return;
    this.#readUpTo = null;
    // To the outbox first: what was typed must not wait for a page.
    this.#tim.sendMessage(message)?.catch(() => undefined);
    try {
      await this.latest();
    } catch (thrown) {
      console.warn('the newest page did not come', thrown);
    }
    this.#log.merge([message], this.#most, 'oldest');
    this.#show();
  }

  retry(message: Message): void {
    this.#tim.resendMessage(message)?.catch(() => undefined);
  }

  async discard(message: Message): Promise<void> {
    await this.#tim.tidings.discardMessage(message);
    this.#log.remove(message);
    this.#show();
  }

  /** Whether the log's newest message is on the page: what is not here has not been seen. */
  holds(seq: number): boolean {
    return (this.#log.newestSeq ?? 0) >= seq;
  }

  markRead(): void {
    this.#tim.setMessageRead({ conversationID: this.conversationID })?.catch(() => undefined);
  }

  /** Messages come while nobody looks: the first of them gets the line, unless an earlier one has it. */
  leaveLine(isHere: boolean): void {
    const newest = this.#log.newestSeq ?? 0;
    if (!isHere) this.#readUpTo ??= newest;
    else if (this.#readUpTo !== null && this.#readUpTo >= newest) this.#readUpTo = null;
  }

  end(): void {
    clearTimeout(this.#frame);
    for (const stop of this.#stop) stop();
  }

  #hear<Data>(name: string, handler: (data: Data) => void): void {
    const listener = ({ data }: { data: Data }): void => handler(data);
    this.#tim.on(name, listener);
    this.#stop.push(() => this.#tim.off(name, listener));
  }

  #reset(page: Parameters<ChatLog['reset']>[0], isAtNewest: boolean): void {
    this.#generation += 1;
    this.#log.reset(page, isAtNewest);
  }

  #page(before: number | null, count: number) {
    return this.#tim.tidings.messagePage(this.conversationID, before, Math.min(count, 100));
  }

  #news: Message[] = [];

  /** Takes news in; a flood is drawn at most once a frame. */
  #merge(messages: Message[]): void {
    const mine = messages.filter((each) => each.conversationID === this.conversationID);
    if (mine.length === 0) return;
    this.#news.push(...mine);
    this.#frame ??= setTimeout(() => {
      this.#frame = undefined;
      if (!this.isLoaded) return;
      const news = this.#news.splice(0);
      this.#log.merge(news, this.#most, this.isReaderAtEnd() ? 'oldest' : 'newest');
      this.#show();
    }, 12);
  }

  #show(): void {
    const log = this.#log;
    this.rows = rowsOf(log.messages, { me: this.#me, readUpTo: this.#readUpTo });
    this.isCompleted = log.isCompleted;
    this.isCutOff = log.isCutOff;
    this.isAtNewest = log.isAtNewest;
  }
}

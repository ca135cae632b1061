/** One open chat: which part of the log is shown, what comes and goes, what is read. Scrolling belongs to scroll.ts. */
import { afterPaint } from '../look/painted';
import type { Session } from '../session/session.svelte';
import {
  EVENT,
  TIDINGS_EVENT,
  type Conversation,
  type CustomPayload,
  type DraftAttachment,
  type FacePayload,
  type Message,
  type Page,
  type Profile,
  type TimClient,
} from '../tim';
import { ChatLog } from './log';
import { newerParts, olderParts } from './parts';
import { Quotes, replyData } from './replies';
import { KeptRows } from './kept-rows';
import { rowsOf, type Row } from './rows';
import { isTyping, TYPING, TypingTeller, Typists } from './typing';

/** Messages of the first page, and of each further one. */
const FIRST = 30;
const MORE = 15;
/** Messages on the page at most in a window of usual height (H11). */
const MOST = 60;
/** This near to an end of the page, the next page is fetched, pixels. */
export const NEAR = 300;
/** The height of the lowest message, pixels. */
const LOWEST = 28;
/** After a page that could not be had, the first wait before it is asked for again; each further one is twice as long, up to the last. */
const FIRST_WAIT = 1000;
const LAST_WAIT = 30_000;

/** What the first page of a chat is: the newest messages, or those around where reading stopped. */
export function firstPageOf({ unreadCount, readSeq, seq }: Conversation): {
  before: number | null;
  count: number;
} {
  const isFarBack = unreadCount > FIRST - MORE && readSeq + MORE < seq;
  return { before: isFarBack ? readSeq + MORE + 1 : null, count: FIRST };
}

/** A file that is sent, and how. */
export interface FileToSend {
  draft: DraftAttachment;
  /** Every byte as it is, instead of as a picture or a video. */
  asFile: boolean;
}

const seqsOf = (page: Page): number[] => page.messages.flatMap(({ seq }) => (seq === null ? [] : [seq]));

export class ChatPage {
  readonly #tim: TimClient;
  readonly #me: string;
  readonly conversationID: string;
  readonly #log = new ChatLog();
  readonly #kept = new KeptRows();
  readonly #stop: (() => void)[] = [];
  #frame: ReturnType<typeof setTimeout> | undefined;
  #loading: 'older' | 'newer' | null = null;
  /** Parts of a page are being put behind the run. */
  #isAdding = false;
  /** A page could not be had: none is asked for until this timer rings. */
  #rest: ReturnType<typeof setTimeout> | undefined;
  #wait = FIRST_WAIT;
  #isEnded = false;
  /** Something said while the first page was on its way that it may lack. */
  #isStale = false;
  #most = MOST;
  /** Rows that are drawn at first, where reading goes on at the end; the others come behind the first frame. */
  #drawn = Infinity;
  /** Rises when other messages are shown: a page that was asked for before does not join on to them. */
  #generation = 0;
  #readUpTo: number | null;
  /** The newest place that somebody has had before their eyes. */
  #seenUpTo: number;

  rows = $state.raw<Row[]>([]);
  isLoaded = $state(false);
  isLoadingOlder = $state(false);
  isCompleted = $state(false);
  isCutOff = $state(false);
  isAtNewest = $state(true);
  /** User ids of those who are typing. */
  typists = $state.raw<string[]>([]);
  readonly #typists = new Typists((typists) => (this.typists = typists));
  readonly #teller = new TypingTeller();
  readonly #quotes = new Quotes(
    (seq) => this.#at(seq),
    () => this.#show(),
  );
  /** Says whether the reader is at the end: then the run is cut above, else below. */
  isReaderAtEnd: () => boolean = () => true;
  /** Says whether anybody looks: what comes while nobody does stands behind the line. */
  isSomebodyHere: () => boolean = () => true;
  /** The place of the conversation's newest message. */
  lastSeq: () => number;

  constructor(session: Session, conversation: Conversation) {
    this.#tim = session.tim;
    this.#me = session.account?.profile.userID ?? '';
    this.conversationID = conversation.conversationID;
    this.#readUpTo = conversation.unreadCount > 0 ? conversation.readSeq : null;
    this.#seenUpTo = this.#readUpTo ?? conversation.seq;
    this.lastSeq = () => conversation.seq;
    this.#hear(EVENT.MESSAGE_RECEIVED, (data: Message[]) => this.#receive(data));
    this.#hear(TIDINGS_EVENT.MESSAGES_CHANGED, (data: Message[]) => this.#merge(data));
    this.#hear(TIDINGS_EVENT.HISTORY_FILLED, (data: { conversationID: string }) => {
      if (data.conversationID === this.conversationID) void this.refresh();
    });
    this.#hear(EVENT.PROFILE_UPDATED, (data: Profile[]) => {
      if (this.#log.rename(data)) this.#show();
    });
    // What could not be had without a connection can be had now.
    this.#hear(EVENT.NET_STATE_CHANGE, (data: { state: string }) => {
      if (data.state !== 'connected') return;
      this.#endRest();
      if (this.#log.isCutOff) void this.refresh();
      else this.#show();
    });
    this.#hear(TIDINGS_EVENT.OVERFLOW, () => void this.refresh());
  }

  /** The first page: the newest, or the one around where reading stopped. */
  async open(conversation: Conversation): Promise<void> {
    const { before, count } = firstPageOf(conversation);
    try {
      let page = await this.#page(before, count);
      // Where reading stopped may not be on this computer, and out of reach.
      if (before !== null && page.messages.length === 0) page = await this.#page(null, FIRST);
      this.#log.reset(page, before === null || page.messages.at(-1)?.seq === conversation.seq);
    } catch (thrown) {
      console.warn('the first page did not come', thrown);
      this.#log.isCutOff = true;
      this.#log.isAtNewest = true;
    }
    this.#judge(!this.#log.isCutOff);
    // What came meanwhile may be newer than the page.
    this.#log.merge(this.#news.splice(0), this.#most, 'oldest');
    this.#show();
    this.isLoaded = true;
    if (this.#isStale) await this.refresh();
  }

  /** Only what may be in sight of a window of this height is drawn until {@link drawAll}. */
  drawAtFirst(height: number): void {
    this.#drawn = Math.ceil(height / LOWEST);
  }

  drawAll(): void {
    if (this.#drawn === Infinity) return;
    this.#drawn = Infinity;
    if (this.isLoaded) this.#show();
  }

  /** How many messages may stand on the page in a window of this height. */
  fit(height: number): void {
    // What is left after one page came and another went must reach beyond both ends of the window, or the pages would chase each other.
    this.#most = Math.max(MOST, Math.ceil((height + 2 * NEAR) / LOWEST) + MORE + 5);
  }

  async older(): Promise<void> {
    const { before } = this.#log;
    if (this.#loading !== null || this.#rest !== undefined || before === null) return;
    if (this.#drawn !== Infinity) return;
    this.#loading = 'older';
    this.isLoadingOlder = true;
    const generation = this.#generation;
    try {
      const page = await this.#page(before, MORE);
      let end: number | null = before;
      for (const part of olderParts(page)) {
        if (end !== before) await this.#drawPart();
        // Others may be shown by now, or the run may begin elsewhere.
        if (generation !== this.#generation || this.#log.before !== end) return;
        this.#log.addOlder(part, this.#most);
        end = part.nextBefore;
      }
      this.#judge(!page.isCutOff && (page.messages.length > 0 || page.nextBefore !== before));
    } catch (thrown) {
      console.warn('an older page did not come', thrown);
      if (generation === this.#generation) this.#log.isCutOff = true;
      this.#judge(false);
    } finally {
      this.#loading = null;
      this.isLoadingOlder = false;
      // Also when nothing came: who shows the rows looks anew whether more is needed.
      this.#show();
    }
  }

  async newer(): Promise<void> {
    const from = this.#log.newestSeq;
    if (this.#loading !== null || this.#rest !== undefined || this.#log.isAtNewest || from === null) return;
    this.#loading = 'newer';
    try {
      this.#judge(await this.#addNewer(from));
    } catch (thrown) {
      console.warn('a newer page did not come', thrown);
      this.#judge(false);
    } finally {
      this.#loading = null;
      this.#show();
    }
  }

  /** Adds what comes behind `from`; says whether anything is left to be asked for again. */
  async #addNewer(from: number): Promise<boolean> {
    const generation = this.#generation;
    const isCurrent = (): boolean => generation === this.#generation;
    if (from + MORE >= this.lastSeq()) {
      // The rest, and what waits behind it.
      const newest = await this.#page(null, this.#most);
      if (!isCurrent()) return true;
      if ((seqsOf(newest)[0] ?? 0) <= from + 1) {
        const messages = newest.messages.filter(({ seq }) => seq === null || seq > from);
        await this.#addParts({ ...newest, messages }, true);
        return true;
      }
      // More has come than was known of: step by step then.
    }
    const page = await this.#page(from + MORE + 1, MORE);
    if (!isCurrent()) return true;
    const seqs = seqsOf(page);
    if (seqs.length !== MORE || seqs.at(-1) !== from + MORE) return false;
    await this.#addParts(page, false);
    return true;
  }

  /** Puts what comes behind the run there, as long as nothing else has come between. */
  async #addParts(page: Page, isNewest: boolean): Promise<void> {
    const generation = this.#generation;
    const parts = newerParts(page);
    // What comes meanwhile belongs behind the last part.
    this.#isAdding = true;
    for (const part of parts) {
      if (part !== parts[0]) await this.#drawPart();
      if (generation !== this.#generation) break;
      this.#log.addNewer(part, isNewest && part === parts.at(-1), this.#most);
    }
    this.#isAdding = false;
    this.#takeNews();
  }

  /** Draws what has come so far, and lets a frame pass. */
  #drawPart(): Promise<void> {
    this.#show();
    return new Promise(afterPaint);
  }

  /** Shows the part of the log around a message that is not on the page; else says why it cannot be. */
  async around(seq: number): Promise<'shown' | 'gone' | 'away'> {
    const isLast = seq + MORE >= this.lastSeq();
    const page = await this.#page(isLast ? null : seq + MORE + 1, FIRST);
    if (!page.messages.some((each) => each.seq === seq && !each.isDeleted))
      return page.isCutOff ? 'away' : 'gone';
    this.#reset(page, isLast);
    this.#show();
    return 'shown';
  }

  /** To the newest page, when it is not the one that is shown. */
  async latest(): Promise<void> {
    if (this.#log.isAtNewest) return;
    this.#reset(await this.#page(null, FIRST), true);
    this.#show();
  }

  /** What is shown, asked for again; what the reader sees stays. */
  async refresh(): Promise<void> {
    if (!this.isLoaded) {
      this.#isStale = true;
      return;
    }
    this.#isStale = false;
    const generation = this.#generation;
    try {
      const { isAtNewest, newestSeq, messages } = this.#log;
      const count = Math.max(FIRST, messages.length);
      const whole = isAtNewest || newestSeq === null ? await this.#newestRun(count) : null;
      const page = whole ?? (await this.#page((newestSeq ?? 0) + 1, count));
      if (generation !== this.#generation) return;
      this.#drawLine(page.messages);
      this.#reset(page, whole !== null);
      this.#judge(!page.isCutOff);
    } catch (thrown) {
      console.warn('the page did not come again', thrown);
      this.#judge(false);
    }
    this.#show();
  }

  /**
   * The newest messages, as far back as they are shown now where somebody reads there. `null`: so much has come that
   * it would not fit.
   */
  async #newestRun(count: number): Promise<Page | null> {
    const oldest = this.#log.oldestSeq;
    let run = await this.#page(null, count);
    if (oldest === null || this.isReaderAtEnd()) return run;
    while ((seqsOf(run)[0] ?? 0) > oldest && run.nextBefore !== null) {
      if (run.messages.length >= this.#most) return null;
      const older = await this.#page(run.nextBefore, MORE);
      if (older.messages.length === 0) return null;
      run = { ...older, messages: [...older.messages, ...run.messages] };
    }
    return run;
  }

  /** Sends a text; `mentions` are user ids, `answered` is what it answers. */
  send(text: string, mentions: string[] = [], answered: Message | null = null): Promise<void> {
    const options = {
      ...this.#to,
      payload: { text },
      cloudCustomData: answered === null ? '' : replyData(answered),
    };
    this.#teller.rest();
    return this.#send(
      mentions.length > 0
        ? this.#tim.createTextAtMessage({ ...options, payload: { text, atUserList: mentions } })
        : this.#tim.createTextMessage(options),
    );
  }

  /** Somebody writes here: others may know. */
  types(): void {
    const { to } = this.#to;
    if (to === this.#me || !this.#teller.tells(performance.now())) return;
    const message = this.#tim.createCustomMessage({ ...this.#to, payload: TYPING });
    if (message === undefined) return;
    // Who is not online need not know, and who cannot be told will see.
    this.#tim.sendMessage(message, { onlineUserOnly: true })?.catch(() => undefined);
  }

  /** They leave this page at once, and come back if they could not be deleted. */
  async deleteForMe(messages: Message[]): Promise<void> {
    await this.#tim.deleteMessage(messages);
    for (const message of messages) this.#log.remove(message);
    this.#show();
  }

  /** Sends a sticker. */
  sendFace(payload: FacePayload): Promise<void> {
    return this.#send(this.#tim.createFaceMessage({ ...this.#to, payload }));
  }

  /** Sends what another app may not know, as a die. */
  sendCustom(payload: CustomPayload): Promise<void> {
    return this.#send(this.#tim.createCustomMessage({ ...this.#to, payload }));
  }

  /**
   * Sends files, which arrive in their order: those of one album wait for each other. Shown as albums are the pictures and videos among
   * them that stand side by side.
   */
  sendFiles(files: readonly FileToSend[], caption: string, answered: Message | null = null): Promise<void> {
    const album = files.length > 1 ? crypto.randomUUID() : '';
    this.#teller.rest();
    const messages = files.map(({ draft, asFile }, index) => {
      const isFirst = index === 0;
      const options = {
        ...this.#to,
        payload: { file: draft, caption: isFirst ? caption : '', album },
        cloudCustomData: isFirst && answered !== null ? replyData(answered) : '',
      };
      if (asFile || draft.kind === 'file') return this.#tim.createFileMessage(options);
      if (draft.kind === 'image') return this.#tim.createImageMessage(options);
      return draft.kind === 'video'
        ? this.#tim.createVideoMessage(options)
        : this.#tim.createAudioMessage(options);
    });
    return this.#send(...messages);
  }

  get #to(): { to: string; conversationType: string } {
    return {
      to: this.conversationID.replace(/^(?:C2C|GROUP)/u, ''),
      conversationType: this.conversationID.startsWith('GROUP') ? 'GROUP' : 'C2C',
    };
  }

  /** Sends messages. What becomes of each shows at the message. */
  async #send(...given: (Message | undefined)[]): Promise<void> {
    const messages = given.filter((each) => each !== undefined);
    if (messages.length === 0) return;
    this.#readUpTo = null;
    // To the outbox first: what was typed must not wait for a page.
    for (const message of messages) this.#tim.sendMessage(message)?.catch(() => undefined);
    try {
      await this.latest();
    } catch (thrown) {
      console.warn('the newest page did not come', thrown);
    }
    this.#log.merge(messages, this.#most, 'oldest');
    this.#show();
  }

  retry(message: Message): void {
    this.#tim.resendMessage(message)?.catch(() => undefined);
  }

  async discard(message: Message): Promise<void> {
    try {
      await this.#tim.tidings.discardMessage(message);
    } catch (thrown) {
      console.warn('a message could not be thrown away', thrown);
      return this.refresh();
    }
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

  /** The place behind which messages are new; `null` where none is. */
  get readUpTo(): number | null {
    return this.#readUpTo;
  }

  /** Messages come while nobody looks: the first of them gets the line, unless an earlier one has it. */
  leaveLine(isHere: boolean): void {
    const newest = this.#log.newestSeq ?? 0;
    if (!isHere) {
      this.#readUpTo ??= newest;
      return;
    }
    // Where newer ones are not on the page, nothing is known of them.
    if (!this.#log.isAtNewest) return;
    if (this.isReaderAtEnd()) this.#seenUpTo = Math.max(this.#seenUpTo, newest);
    if (this.#readUpTo !== null && this.#readUpTo >= newest) this.#readUpTo = null;
  }

  /** What comes below somebody who is scrolled up gets the line before the first that they have not seen. */
  #drawLine(messages: readonly Message[]): void {
    if (this.isReaderAtEnd()) return;
    const isNew = messages.some(({ flow, seq }) => flow === 'in' && (seq ?? 0) > this.#seenUpTo);
    if (isNew) this.#readUpTo = Math.max(this.#readUpTo ?? 0, this.#seenUpTo);
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#frame);
    clearTimeout(this.#rest);
    this.#typists.end();
    for (const stop of this.#stop) stop();
  }

  #hear<Data>(name: string, handler: (data: Data) => void): void {
    const listener = ({ data }: { data: Data }): void => handler(data);
    this.#tim.on(name, listener);
    this.#stop.push(() => this.#tim.off(name, listener));
  }

  #reset(page: Page, isAtNewest: boolean): void {
    this.#generation += 1;
    this.#log.reset(page, isAtNewest);
  }

  #page(before: number | null, count: number): Promise<Page> {
    return this.#tim.tidings.messagePage(this.conversationID, before, Math.min(count, 100));
  }

  /** What came of asking for a page: after one in vain a rest, so that nobody asks without end. */
  #judge(hasCome: boolean): void {
    if (hasCome) return this.#endRest();
    clearTimeout(this.#rest);
    if (this.#isEnded) return;
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      if (this.#log.before === null && this.#log.isCutOff) void this.refresh();
      else this.#show();
    }, this.#wait);
    this.#wait = Math.min(2 * this.#wait, LAST_WAIT);
  }

  #endRest(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
    this.#wait = FIRST_WAIT;
  }

  #receive(messages: Message[]): void {
    for (const message of messages) {
      if (message.conversationID !== this.conversationID || message.flow === 'out') continue;
      if (isTyping(message)) this.#typists.types(message.from);
      else this.#typists.rests(message.from);
    }
    this.#merge(messages);
  }

  /** The message at a place in the log, wherever it is. */
  async #at(seq: number): Promise<Message | null> {
    const { messages } = await this.#page(seq + 1, 1);
    return messages.find((each) => each.seq === seq) ?? null;
  }

  #news: Message[] = [];

  /** Takes news in; a flood is drawn at most once a frame. */
  #merge(messages: Message[]): void {
    const mine = messages.filter((each) => each.conversationID === this.conversationID && !isTyping(each));
    if (mine.length === 0) return;
    this.#news.push(...mine);
    this.#frame ??= setTimeout(() => {
      this.#frame = undefined;
      this.#takeNews();
    }, 12);
  }

  #takeNews(): void {
    if (!this.isLoaded || this.#isAdding || this.#news.length === 0) return;
    const news = this.#news.splice(0);
    if (this.isSomebodyHere()) this.#drawLine(news);
    else this.#readUpTo ??= this.#log.newestSeq ?? 0;
    this.#log.merge(news, this.#most, this.isReaderAtEnd() ? 'oldest' : 'newest');
    this.#show();
  }

  #show(): void {
    const log = this.#log;
    const shown = log.messages.filter((each) => !each.isDeleted);
    // It lives as long as this drawing.
    // eslint-disable-next-line svelte/prefer-svelte-reactivity
    const byPlace = new Map(shown.flatMap((each) => (each.seq === null ? [] : [[each.seq, each] as const])));
    const all = rowsOf(shown, {
      me: this.#me,
      readUpTo: this.#readUpTo,
      quoted: (seq) => this.#quotes.find(seq, byPlace),
    });
    const rows = this.#kept.of(all);
    const isReadAtEnd = log.isAtNewest && !rows.some(({ kind }) => kind === 'new');
    this.rows = isReadAtEnd ? rows.slice(-this.#drawn) : rows;
    this.isCompleted = log.isCompleted;
    this.isCutOff = log.isCutOff;
    this.isAtNewest = log.isAtNewest;
  }
}

/**
 * The client: TIM's verbs over the bridge. Each verb checks that the SDK is ready (R-L3), then its parameters (R-L4), then
 * answers by a promise (R-L5). What TIM has no word for is in `tidings` (extension.ts).
 */
import type { Bridge, ShellEvent } from '../bridge/bridge';
import type { AccountView } from '../bridge/generated/AccountView';
import { EVENT, TYPES } from './constants';
import { ConversationBook, conversationFrom, type Conversation } from './conversation';
import { CODE, IMError, response, type IMResponse } from './errors';
import type { Handler } from './events';
import { Extension, TIDINGS_EVENT } from './extension';
import type { Message } from './message';
import { PersonalVerbs } from './personal-verbs';
import { profileFrom, type Profile } from './profile';
import { sendError } from './sending';
import * as validate from './validate';
import type { Answer } from './verbs';

/** The conversations that `getConversationList` answers (R-H6). */
const LIST_SIZE = 100;
/** The most that the bridge gives. */
const LIST_SIZE_MOST = 1000;

export interface LoginOptions {
  userID: string;
  userSig?: string;
  /** Instead of a UserSig (Tidings). */
  password?: string;
  /** As a person types it; by default the server of the last sign-in (Tidings). */
  server?: string;
}

export interface LoginResult {
  actionStatus: 'OK';
  errorCode: 0;
  errorInfo: string;
  repeatLogin?: true;
}

export interface MessageListResult {
  /** Oldest first. */
  messageList: Message[];
  /** Pass it to the next call; empty when there is nothing older. */
  nextReqMessageID: string;
  isCompleted: boolean;
}

export class TimClient extends PersonalVerbs {
  readonly #book = new ConversationBook();
  readonly #onDestroy: () => void;
  #listLimit = LIST_SIZE;
  /** Changes of the list that were heard while it was being asked for, for each such question. */
  readonly #loads = new Set<(() => void)[]>();
  #server = '';
  #totalUnread = 0;
  #stopListening: (() => void) | undefined;
  #started: Promise<void> | undefined;
  #isDestroyed = false;
  /** Events that came so far. */
  #heard = 0;

  override readonly tidings: Extension;

  constructor(bridge: Bridge, onDestroy: () => void = () => undefined) {
    super(bridge);
    this.#onDestroy = onDestroy;
    this.tidings = new Extension(bridge, {
      started: () => this.#begin(),
      account: () => this.account,
      take: (view) => this.messages.take(view),
      book: this.#book,
      signedIn: (account) => this.#becomeReady(account),
      changed: (messages) => this.#changed(messages),
      loadMore: (isAll) => this.#loadMore(isAll ? LIST_SIZE_MOST : this.#listLimit + 2 * LIST_SIZE),
      sending: this.sending,
      heard: () => this.#heard,
      addresses: this.messages.addresses,
    });
    this.sending.onuntaken = (hasAny) => this.emitter.emit(TIDINGS_EVENT.UNTAKEN, hasAny);
    // Whoever waits for it hears why it failed, and may begin again.
    this.#begin().catch(() => undefined);
  }

  // Lifecycle

  on(name: string, handler: Handler, context?: unknown): void {
    this.emitter.on(name, handler, context);
  }

  once(name: string, handler: Handler, context?: unknown): void {
    this.emitter.once(name, handler, context);
  }

  off(name: string, handler: Handler, context?: unknown): void {
    this.emitter.off(name, handler, context);
  }

  /** Resolves, and calls back, when the SDK is ready: at once when it is already. */
  ready(callback?: () => void): Promise<void> {
    return new Promise((resolve) => {
      const isReady = (): void => {
        callback?.();
        resolve();
      };
      if (this.account !== null) isReady();
      else this.emitter.once(EVENT.SDK_READY, isReady);
    });
  }

  /** Taken for compatibility: Tidings logs in Rust. */
  setLogLevel(level: number): void {
    if (typeof level !== 'number') validate.refuse('the log level must be a number');
  }

  /** Taken for compatibility: Tidings uploads in Rust. */
  registerPlugin(plugins: Record<string, unknown>): void {
    validate.requireObject(plugins, 'plugins');
  }

  /** R-L6. With a UserSig, or with a password and the server as extensions. */
  login(options: LoginOptions): Promise<IMResponse<LoginResult>> {
    const { userID, userSig, password, server } = validate.requireObject(options, 'options');
    const missing = (code: number, message: string) => Promise.reject(new IMError({ code, message }));
    if (typeof userID !== 'string' || userID === '') return missing(CODE.NO_USER_ID, 'userID is missing');
    const hasSecret = [userSig, password].some((each) => typeof each === 'string' && each !== '');
    if (!hasSecret) return missing(CODE.NO_USER_SIG, 'userSig is missing');
    const done: LoginResult = { actionStatus: 'OK', errorCode: 0, errorInfo: '' };
    // What came out of an export waits for its user; whoever else tries is refused by the engine.
    if (this.account !== null && !this.account.isImported) {
      if (this.account.profile.userID !== userID)
        return missing(CODE.REPEATED_LOGIN, 'another user is signed in: log out first');
      return Promise.resolve(response({ ...done, repeatLogin: true }));
    }
    const request = {
      server: typeof server === 'string' ? server : this.#server,
      userID,
      ...(typeof password === 'string' && password !== '' ? { password } : { userSig: String(userSig) }),
    };
    return this.ask(async () => {
      this.#becomeReady(await this.bridge.signIn(request));
      return done;
    });
  }

  /** R-L7. */
  logout(): Answer<Record<string, never>> {
    if (!this.mayDo('logout')) return undefined;
    return this.ask(async () => {
      await this.bridge.signOut();
      this.#becomeNotReady();
      return {};
    });
  }

  /** Ends this instance; the account stays signed in for the app (R-L7). */
  destroy(): Promise<void> {
    if (!this.#isDestroyed) {
      this.#isDestroyed = true;
      this.#stopListening?.();
      this.#onDestroy();
      this.sending.abandon();
      this.emitter.emit(EVENT.SDK_DESTROY);
      this.emitter.clear();
      this.account = null;
    }
    return Promise.resolve();
  }

  // History

  /** R-H1 to R-H3. */
  getMessageList(options: {
    conversationID: string;
    nextReqMessageID?: string;
    count?: number;
  }): Answer<MessageListResult> {
    if (!this.mayDo('getMessageList')) return undefined;
    const given = validate.requireObject(options, 'options');
    const conversationID = validate.requireConversationID(given['conversationID']);
    const count = validate.requireCount(given['count']);
    const next = given['nextReqMessageID'] ?? '';
    if (typeof next !== 'string') validate.refuse('nextReqMessageID must be a string');
    if (conversationID === TYPES.CONV_SYSTEM) return this.#notices(conversationID);
    return this.ask(async () => {
      const place = this.#placeOf(conversationID, next);
      const before = typeof place === 'number' ? place : null;
      const page = await this.tidings.messagePage(conversationID, before, count);
      // However much waits behind the newest messages, a page is as long as it may be.
      const waiting = page.messages.findIndex((each) => each.ID === place);
      const below = waiting === -1 ? page.messages : page.messages.slice(0, waiting);
      const messageList = below.slice(-count);
      const [oldest] = messageList;
      const isCut = oldest !== undefined && messageList.length < below.length;
      const nextBefore = isCut ? (oldest.seq ?? oldest.ID) : (page.nextBefore ?? '');
      return {
        messageList,
        nextReqMessageID: String(nextBefore),
        isCompleted: page.isCompleted && !isCut,
      };
    });
  }

  /** R-H5. */
  setMessageRead(options: { conversationID: string }): Answer<Record<string, never>> {
    if (!this.mayDo('setMessageRead')) return undefined;
    const given = validate.requireObject(options, 'options');
    const conversationID = validate.requireConversationID(given['conversationID']);
    return this.ask(async () => {
      const known = this.#book.get(conversationID);
      if (known?.unreadCount !== 0 || known.isMarkedUnread) await this.bridge.markRead({ conversationID });
      return {};
    });
  }

  // Conversations

  /** R-H6. */
  getConversationList(): Answer<{ conversationList: Conversation[] }> {
    if (!this.mayDo('getConversationList')) return undefined;
    return this.ask(async () => {
      await this.#loadList();
      return { conversationList: this.#book.list().slice(0, LIST_SIZE) };
    });
  }

  /** R-H7. */
  getConversationProfile(conversationID: string): Answer<{ conversation: Conversation }> {
    if (!this.mayDo('getConversationProfile')) return undefined;
    const id = validate.requireConversationID(conversationID);
    return this.ask(async () => ({
      conversation: conversationFrom(await this.bridge.conversationProfile({ conversationID: id })),
    }));
  }

  /** R-H8: the conversation leaves the list, its messages stay. */
  deleteConversation(conversationID: string): Answer<{ conversationID: string }> {
    if (!this.mayDo('deleteConversation')) return undefined;
    const id = validate.requireText(conversationID, 'conversationID');
    return this.ask(async () => {
      if (!validate.isConversationID(id)) {
        throw new IMError({ code: CODE.UNRECORDED_CONVERSATION_TYPE, message: 'not a type of conversation' });
      }
      await this.bridge.deleteConversation({ conversationID: id, clear: false });
      return { conversationID: id };
    });
  }

  /** Unread messages of all conversations that are told of. */
  getTotalUnreadMessageCount(): number {
    return this.#totalUnread;
  }

  pinConversation(options: {
    conversationID: string;
    isPinned: boolean;
  }): Answer<{ conversationID: string }> {
    if (!this.mayDo('pinConversation')) return undefined;
    const given = validate.requireObject(options, 'options');
    const conversationID = validate.requireConversationID(given['conversationID']);
    const { isPinned } = given;
    if (typeof isPinned !== 'boolean') validate.refuse('isPinned must be a boolean');
    return this.ask(async () => {
      await this.bridge.changeConversationSettings({ conversationID, isPinned });
      return { conversationID };
    });
  }

  // Inside

  protected myID(): string {
    return this.account?.profile.userID ?? '';
  }

  protected mayDo(verb: string): boolean {
    if (this.account !== null) return true;
    const message = `${verb}: the SDK is not ready`;
    this.emitter.emit(EVENT.ERROR, { code: CODE.NOT_READY, message });
    return false;
  }

  /** R-M6: the notices are all there are. */
  #notices(conversationID: string): Promise<IMResponse<MessageListResult>> {
    return this.ask(async () => {
      const { messages } = await this.tidings.messagePage(conversationID, null, 100);
      return { messageList: messages, nextReqMessageID: '', isCompleted: true };
    });
  }

  /** Where a page begins: what an earlier page said, or the place of a message by its ID; the ID itself of one that waits. */
  #placeOf(conversationID: string, next: string): number | string | null {
    if (next === '') return null;
    if (/^[0-9]{1,15}$/u.test(next)) return Number(next);
    const [message] = this.messages.held(
      (each) => each.conversationID === conversationID && each.ID === next,
    );
    if (message === undefined) {
      throw new IMError({ code: CODE.BAD_PARAMETER, message: 'nextReqMessageID names no message' });
    }
    return message.seq ?? message.ID;
  }

  /** Starts, or waits for the start that is under way; after one that failed, begins anew. */
  #begin(): Promise<void> {
    this.#started ??= this.#start().catch((thrown: unknown) => {
      this.#started = undefined;
      throw thrown;
    });
    return this.#started;
  }

  async #start(): Promise<void> {
    if (this.#stopListening === undefined) {
      const stop = await this.bridge.listen((event) => this.#hear(event));
      if (this.#isDestroyed) return stop();
      this.#stopListening = stop;
    }
    const [account, info] = await Promise.all([this.bridge.account(), this.bridge.appInfo()]);
    const { mediaBase, streamBase } = info;
    Object.assign(this.messages.addresses, { mediaBase, streamBase });
    if (account !== null) this.#becomeReady(account);
  }

  #becomeReady(account: AccountView): void {
    if (this.#isDestroyed) return;
    const isSame = this.account?.profile.userID === account.profile.userID;
    this.account = account;
    this.#server = account.server;
    this.emitter.emit(TIDINGS_EVENT.ACCOUNT, account);
    if (isSame) return;
    this.emitter.emit(EVENT.SDK_READY);
    void this.#reload();
    this.bridge.totalUnread().then(
      (count) => this.#takeUnread(count),
      () => undefined,
    );
  }

  #becomeNotReady(): void {
    if (this.account === null) return;
    this.account = null;
    this.sending.abandon();
    // What is still on its way may never get an answer, and is not to hold up what comes after the next sign-in.
    this.handing = Promise.resolve();
    this.messages.clear();
    this.forgetCarried();
    this.#book.clear();
    this.groups.clear();
    this.#takeUnread(0);
    this.tidings.recalled.clear();
    this.#listLimit = LIST_SIZE;
    this.emitter.emit(TIDINGS_EVENT.ACCOUNT, null);
    this.emitter.emit(EVENT.SDK_NOT_READY);
  }

  async #loadList(): Promise<void> {
    const heard: (() => void)[] = [];
    this.#loads.add(heard);
    try {
      this.#book.replace(await this.bridge.conversationList({ limit: this.#listLimit }));
      // What was heard while the answer was on its way is newer than the answer.
      for (const again of heard) again();
    } finally {
      this.#loads.delete(heard);
    }
  }

  /** The list anew; R-H10. */
  async #reload(): Promise<void> {
    try {
      await this.#loadList();
      this.emitter.emit(EVENT.CONVERSATION_LIST_UPDATED, this.#book.list());
    } catch (thrown) {
      const { code, message } = IMError.from(thrown);
      this.emitter.emit(EVENT.ERROR, { code, message });
    }
  }

  /** More of the list than the latest hundred; says whether there may be more still. */
  async #loadMore(limit: number): Promise<boolean> {
    const had = this.#book.list().length;
    const before = this.#listLimit;
    if (had < before || before >= LIST_SIZE_MOST) return false;
    this.#listLimit = Math.min(limit, LIST_SIZE_MOST);
    try {
      await this.#loadList();
    } catch (thrown) {
      this.#listLimit = before;
      throw thrown;
    }
    this.emitter.emit(EVENT.CONVERSATION_LIST_UPDATED, this.#book.list());
    return this.#book.list().length > had;
  }

  #hear(event: ShellEvent): void {
    this.#heard += 1;
    switch (event.event) {
      case 'ready':
        return this.#becomeReady(event.account);
      case 'notReady':
        return this.#becomeNotReady();
      case 'kickedOut':
        this.emitter.emit(EVENT.KICKED_OUT, { type: event.type });
        return this.#becomeNotReady();
      case 'connection':
        this.emitter.emit(TIDINGS_EVENT.CONNECTION, event);
        return this.emitter.emit(EVENT.NET_STATE_CHANGE, { state: event.state });
      case 'messagesReceived':
        return this.#receive(event.messages.map((view) => this.messages.take(view)));
      case 'messagesChanged':
        return this.#changed(event.messages.map((view) => this.messages.take(view)));
      case 'messagesRevoked':
        return this.#revoked(event.messages.map((view) => this.messages.take(view)));
      case 'messagesModified':
        return this.#modified(event.messages.map((view) => this.messages.take(view)));
      case 'groupsChanged':
        this.groups.change(event.groups);
        return this.emitter.emit(EVENT.GROUP_LIST_UPDATED, this.groups.list());
      case 'blockedChanged':
        return this.emitter.emit(EVENT.BLACKLIST_UPDATED, event.userIDs);
      case 'totalUnreadChanged':
        return this.#takeUnread(event.count);
      case 'peerRead':
        return this.#peerRead(event.conversationID, event.seq);
      case 'historyFilled':
        return this.emitter.emit(TIDINGS_EVENT.HISTORY_FILLED, { conversationID: event.conversationID });
      case 'conversationsChanged':
        this.#book.change(event.conversations, event.removedIDs);
        for (const heard of this.#loads)
          heard.push(() => this.#book.change(event.conversations, event.removedIDs));
        return this.emitter.emit(EVENT.CONVERSATION_LIST_UPDATED, this.#book.list());
      case 'profilesChanged':
        return this.#profiles(event.profiles.map(profileFrom));
      case 'error':
        return this.emitter.emit(EVENT.ERROR, IMError.from(event.error));
      case 'cacheSetAside':
        return this.emitter.emit(TIDINGS_EVENT.CACHE_SET_ASIDE, event.report);
      case 'attachmentChanged':
        this.attachmentChanged(event.attachment);
        return this.emitter.emit(TIDINGS_EVENT.ATTACHMENT_CHANGED, event.attachment);
      case 'transferProgress':
        this.transferred(event);
        return this.emitter.emit(TIDINGS_EVENT.TRANSFER, event);
      case 'exportProgress':
        return this.emitter.emit(TIDINGS_EVENT.EXPORT, event);
      case 'recordingLevel':
      case 'recordingEnded':
      case 'recordingFailed':
        return this.emitter.emit(TIDINGS_EVENT.RECORDING, event);
      case 'dragEntered':
      case 'dragMoved':
      case 'dragLeft':
      case 'dropped':
        return this.emitter.emit(TIDINGS_EVENT.DRAG, event);
      case 'overflow':
        return void this.#overflow();
      case 'linkOpened':
        return this.emitter.emit(TIDINGS_EVENT.LINK_OPENED, { link: event.link });
      case 'settingsChanged':
        return this.emitter.emit(TIDINGS_EVENT.SETTINGS_CHANGED, event.settings);
      case 'conversationOpened':
        return this.emitter.emit(TIDINGS_EVENT.CONVERSATION_OPENED, {
          conversationID: event.conversationID,
        });
      case 'filesOpened':
        return this.emitter.emit(TIDINGS_EVENT.FILES_OPENED, event);
      case 'importRefused':
        return this.emitter.emit(TIDINGS_EVENT.IMPORT_REFUSED);
      case 'linkRefused':
        return this.emitter.emit(TIDINGS_EVENT.LINK_REFUSED);
      case 'settingsOpened':
        return this.emitter.emit(TIDINGS_EVENT.SETTINGS_OPENED);
      case 'notificationOpened': {
        const { conversationID, seq, extension } = event;
        return this.emitter.emit(EVENT.NOTIFICATION_CLICKED, { conversationID, seq, extension });
      }
    }
  }

  #receive(messages: Message[]): void {
    // R-S2: the echo of one's own is a change, not news.
    const isEcho = (each: Message): boolean => each.flow === 'out' && this.sending.wasSentHere(each.clientID);
    const echoes = messages.filter(isEcho);
    const news = messages.filter((each) => !isEcho(each));
    if (echoes.length > 0) this.#changed(echoes);
    if (news.length > 0) this.emitter.emit(EVENT.MESSAGE_RECEIVED, news);
    for (const message of news) {
      if (message.type !== TYPES.MSG_GRP_SYS_NOTICE) continue;
      const { operationType } = Object(message.payload) as Record<string, unknown>;
      this.emitter.emit(EVENT.GROUP_SYSTEM_NOTICE_RECEIVED, { type: operationType, message });
    }
  }

  /** R-K4. */
  #revoked(messages: Message[]): void {
    for (const message of messages) message.recall(message.revoker || message.from);
    this.#changed(messages);
    this.emitter.emit(EVENT.MESSAGE_REVOKED, messages);
  }

  #modified(messages: Message[]): void {
    this.#changed(messages);
    this.emitter.emit(EVENT.MESSAGE_MODIFIED, messages);
    this.emitter.emit(
      EVENT.MESSAGE_REACTIONS_UPDATED,
      messages.map((each) => ({
        messageID: each.ID,
        reactionList: each.reactions.map(({ emoji, users }) => ({
          reactionID: emoji,
          totalUserCount: users.length,
          partialUserList: users.map((userID) => ({ userID })),
          reactedByMyself: users.includes(this.myID()),
        })),
      })),
    );
  }

  #takeUnread(count: number): void {
    if (count === this.#totalUnread) return;
    this.#totalUnread = count;
    this.emitter.emit(EVENT.TOTAL_UNREAD_MESSAGE_COUNT_UPDATED, count);
  }

  #changed(messages: Message[]): void {
    for (const message of messages) this.sending.settle(message);
    this.emitter.emit(TIDINGS_EVENT.MESSAGES_CHANGED, messages);
  }

  #peerRead(conversationID: string, seq: number): void {
    const read = this.messages.held(
      (each) =>
        each.conversationID === conversationID &&
        each.flow === 'out' &&
        !each.isPeerRead &&
        each.seq !== null &&
        each.seq <= seq,
    );
    for (const message of read) message.isPeerRead = true;
    if (read.length === 0) return;
    this.emitter.emit(TIDINGS_EVENT.MESSAGES_CHANGED, read);
    this.emitter.emit(EVENT.MESSAGE_READ_BY_PEER, read);
  }

  #profiles(profiles: Profile[]): void {
    const mine = profiles.find((each) => each.userID === this.account?.profile.userID);
    if (mine !== undefined && this.account !== null) {
      const { userID, nick, avatarColour } = mine;
      this.account = { ...this.account, profile: { userID, nick, avatarColour } };
      this.emitter.emit(TIDINGS_EVENT.ACCOUNT, this.account);
    }
    if (this.#book.takeProfiles(profiles))
      this.emitter.emit(EVENT.CONVERSATION_LIST_UPDATED, this.#book.list());
    this.emitter.emit(EVENT.PROFILE_UPDATED, profiles);
  }

  /** Events were lost: ask again for what somebody waits for, then let the pages do the same. */
  async #overflow(): Promise<void> {
    const waiting = this.sending.waiting();
    await this.#reload();
    // What is still on its way to the engine is not missed there.
    await this.handing;
    for (const [conversationID, messages] of waiting) {
      try {
        const page = await this.tidings.messagePage(conversationID, null, 50);
        this.#changed(page.messages);
        const held = new Set(page.messages);
        for (const message of messages) if (!held.has(message)) await this.#askAfter(message);
      } catch {
        // The next event or the next overflow tells.
      }
    }
    this.emitter.emit(TIDINGS_EVENT.OVERFLOW);
  }

  /** What became of a message that waits no longer: the engine knows its own, and sends nothing again that was sent. */
  async #askAfter(message: Message): Promise<void> {
    if (!this.sending.isWaiting(message)) return;
    const { conversationID, clientID } = message;
    try {
      const view = await this.bridge.resendMessage({ conversationID, clientID });
      this.#changed([this.messages.take(view)]);
    } catch (thrown) {
      if (IMError.from(thrown).kind === 'not_found') this.sending.fail(message, sendError(message));
    }
  }
}

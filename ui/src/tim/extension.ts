/**
 * What Tidings has and TIM has no word for: spaces and their hosting, pages longer than fifteen, drafts, the shell. The
 * app's screens reach the bridge only through this and through TIM's own verbs.
 */
import type { Bridge, ShellEvent } from '../bridge/bridge';
import type { AccountView } from '../bridge/generated/AccountView';
import type { ConnectionState } from '../bridge/generated/ConnectionState';
import type { ErrorView } from '../bridge/generated/ErrorView';
import type { MessagePage } from '../bridge/generated/MessagePage';
import type { MessageView } from '../bridge/generated/MessageView';
import type { Addresses } from './addresses';
import { conversationFrom, type Conversation, type ConversationBook } from './conversation';
import { CODE, IMError } from './errors';
import { MediaExtension } from './media-extension';
import type { Message } from './message';
import { RecalledTexts } from './recalled';
import { profileFrom, type Profile } from './profile';
import { asIMError, passed } from './passed';
import type { Sending } from './sending';

export const TIDINGS_EVENT = {
  /** The account came, changed or went: `AccountView | null`. */
  ACCOUNT: 'tidings.account',
  /** Messages look different now: `Message[]`. */
  MESSAGES_CHANGED: 'tidings.messagesChanged',
  /** `{ conversationID }`: ask for its pages again. */
  HISTORY_FILLED: 'tidings.historyFilled',
  /** {@link ConnectionNews}. */
  CONNECTION: 'tidings.connection',
  /** `CacheSetAside`. */
  CACHE_SET_ASIDE: 'tidings.cacheSetAside',
  /** Events were lost: what is shown has to be asked for again. */
  OVERFLOW: 'tidings.overflow',
  /** `{ link }`. */
  LINK_OPENED: 'tidings.linkOpened',
  /** `Settings`. */
  SETTINGS_CHANGED: 'tidings.settingsChanged',
  /** `{ conversationID }`: the shell asks to show it. */
  CONVERSATION_OPENED: 'tidings.conversationOpened',
  /** Tidings was started with an export, in a profile that somebody uses. */
  IMPORT_REFUSED: 'tidings.importRefused',
  /** Something was opened with Tidings that is neither a link of ours nor a file that is there. */
  LINK_REFUSED: 'tidings.linkRefused',
  /** The shell asks to show the settings. */
  SETTINGS_OPENED: 'tidings.settingsOpened',
  /** More is known of a draft attachment: `DraftAttachment`. */
  ATTACHMENT_CHANGED: 'tidings.attachmentChanged',
  /** How far a file is: `Transfer`. */
  TRANSFER: 'tidings.transfer',
  /** How far an export or import is: `ExportProgress`. */
  EXPORT: 'tidings.export',
  /** {@link RecordingNews}. */
  RECORDING: 'tidings.recording',
  /** Whether there are messages that the engine did not take, which are nowhere but in this page: `boolean`. */
  UNTAKEN: 'tidings.untaken',
  /** Files are dragged over the window: {@link DragNews}. */
  DRAG: 'tidings.drag',
  /** Files were opened with Tidings, for somebody: {@link OpenedFiles}. */
  FILES_OPENED: 'tidings.filesOpened',
} as const;

export type RecordingNews = Extract<
  ShellEvent,
  { event: 'recordingLevel' | 'recordingEnded' | 'recordingFailed' }
>;

export type DragNews = Extract<ShellEvent, { event: 'dragEntered' | 'dragMoved' | 'dragLeft' | 'dropped' }>;

export type OpenedFiles = Extract<ShellEvent, { event: 'filesOpened' }>;

export interface ConnectionNews {
  state: ConnectionState;
  retryInMs: number | null;
  error: ErrorView | null;
}

/** A page as the chat wants it: as long as it asks for, and honest about being cut off. */
export interface Page {
  messages: Message[];
  nextBefore: number | null;
  isCompleted: boolean;
  isCutOff: boolean;
}

/** What the client lends to its extension. */
export interface Lent {
  started(): Promise<void>;
  account(): AccountView | null;
  take(view: MessageView): Message;
  changed(messages: Message[]): void;
  book: ConversationBook;
  signedIn(account: AccountView): void;
  loadMore(isAll: boolean): Promise<boolean>;
  sending: Sending;
  /** How many events came so far: what was asked for before the last one may lack what it told. */
  heard(): number;
  addresses: Addresses;
}

/** A page that was asked for before somebody wanted it. */
interface Ahead {
  key: string;
  page: MessagePage;
  heard: number;
}

function keyOf(conversationID: string, before: number | null, count: number): string {
  return JSON.stringify([conversationID, before, count]);
}

export class Extension extends MediaExtension {
  readonly #bridge: Bridge;
  readonly #lent: Lent;
  #ahead: Ahead | undefined;

  readonly connection: Bridge['connection'];
  readonly inspectLink: Bridge['inspectLink'];
  readonly setDraft: Bridge['setDraft'];
  readonly appInfo: Bridge['appInfo'];
  readonly settings: Bridge['settings'];
  readonly setSettings: Bridge['setSettings'];
  readonly copyText: Bridge['copyText'];
  readonly inspectWebLink: Bridge['inspectWebLink'];
  readonly openWebLink: Bridge['openWebLink'];
  readonly painted: Bridge['painted'];
  readonly lookAt: Bridge['lookAt'];
  readonly testNotification: Bridge['testNotification'];
  readonly surroundings: Bridge['surroundings'];
  readonly diagnostics: Bridge['diagnostics'];
  readonly exportData: Bridge['exportData'];
  readonly cancelExport: Bridge['cancelExport'];
  readonly showExport: Bridge['showExport'];
  readonly importData: Bridge['importData'];
  readonly cancelImport: Bridge['cancelImport'];
  readonly hostStatus: Bridge['hostStatus'];
  readonly setHostShared: Bridge['setHostShared'];
  readonly makeInvitation: Bridge['makeInvitation'];

  constructor(bridge: Bridge, lent: Lent) {
    super(bridge, lent.addresses, (view) => lent.take(view));
    this.#bridge = bridge;
    this.#lent = lent;
    this.connection = passed(bridge, 'connection');
    this.inspectLink = passed(bridge, 'inspectLink');
    this.setDraft = passed(bridge, 'setDraft');
    this.appInfo = passed(bridge, 'appInfo');
    this.settings = passed(bridge, 'settings');
    this.setSettings = passed(bridge, 'setSettings');
    this.copyText = passed(bridge, 'copyText');
    this.inspectWebLink = passed(bridge, 'inspectWebLink');
    this.openWebLink = passed(bridge, 'openWebLink');
    this.painted = passed(bridge, 'painted');
    this.lookAt = passed(bridge, 'lookAt');
    this.testNotification = passed(bridge, 'testNotification');
    this.surroundings = passed(bridge, 'surroundings');
    this.diagnostics = passed(bridge, 'diagnostics');
    this.exportData = passed(bridge, 'exportData');
    this.cancelExport = passed(bridge, 'cancelExport');
    this.showExport = passed(bridge, 'showExport');
    this.importData = passed(bridge, 'importData');
    this.cancelImport = passed(bridge, 'cancelImport');
    this.hostStatus = passed(bridge, 'hostStatus');
    this.setHostShared = passed(bridge, 'setHostShared');
    this.makeInvitation = passed(bridge, 'makeInvitation');
  }

  /** Resolves when it is known whether somebody is signed in on this profile; after a failure, asking again tries again. */
  get started(): Promise<void> {
    return asIMError(this.#lent.started());
  }

  /** Who is signed in, if anybody. */
  account(): AccountView | null {
    return this.#lent.account();
  }

  /** The conversations that are known just now, newest first. */
  conversations(): Conversation[] {
    return this.#lent.book.list();
  }

  /** Fetches more of the list than the latest hundred; says whether any came. */
  moreConversations(): Promise<boolean> {
    return asIMError(this.#lent.loadMore(false));
  }

  /** Fetches the whole list, up to the bridge's limit of 1,000. */
  async allConversations(): Promise<void> {
    await asIMError(this.#lent.loadMore(true));
  }

  async startSpace(request: { nick: string }): Promise<AccountView> {
    return this.#signIn(this.#bridge.startSpace(request));
  }

  async joinWithLink(request: Parameters<Bridge['joinWithLink']>[0]): Promise<AccountView> {
    return this.#signIn(this.#bridge.joinWithLink(request));
  }

  /** Asks for a page that is about to be wanted: the next question for the same page is answered with it, at once. */
  async readAhead(conversationID: string, before: number | null, count: number): Promise<void> {
    const heard = this.#lent.heard();
    const page = await asIMError(this.#bridge.messagePage({ conversationID, before, count }));
    this.#ahead = { key: keyOf(conversationID, before, count), page, heard };
  }

  #takeAhead(key: string): MessagePage | undefined {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead?.key === key && ahead.heard === this.#lent.heard() ? ahead.page : undefined;
  }

  /** Any number of messages up to the wire's limit of 100, before a place in the log; what waits or failed stands behind the newest. */
  async messagePage(conversationID: string, before: number | null, count: number): Promise<Page> {
    const page =
      this.#takeAhead(keyOf(conversationID, before, count)) ??
      (await asIMError(this.#bridge.messagePage({ conversationID, before, count })));
    const { nextBefore, isCompleted, isCutOff } = page;
    const messages = page.messages.map((view) => this.#lent.take(view));
    for (const message of messages) this.#lent.sending.settle(message);
    if (before === null) {
      const untaken = this.#lent.sending.untaken(conversationID);
      messages.push(...untaken.filter((each) => !messages.includes(each)));
    }
    return { messages, nextBefore, isCompleted, isCutOff };
  }

  /** What one's own recalled messages said, for "Edit again": kept nowhere but in this page. */
  readonly recalled = new RecalledTexts();

  /** Changes the text of one's own message. */
  async editMessage(message: Message, text: string): Promise<void> {
    const { conversationID, seq } = message;
    if (seq === null) throw new IMError({ code: CODE.BAD_PARAMETER, message: 'the message was not sent' });
    const payload = { text };
    message.take(await asIMError(this.#bridge.editMessage({ conversationID, seq, payload })));
    this.#lent.changed([message]);
  }

  /** Puts one's own reaction to a message, or takes it back. */
  async react(message: Message, emoji: string, on: boolean): Promise<void> {
    const { conversationID, seq } = message;
    if (seq === null) throw new IMError({ code: CODE.BAD_PARAMETER, message: 'the message was not sent' });
    message.take(await asIMError(this.#bridge.reactToMessage({ conversationID, seq, emoji, on })));
    this.#lent.changed([message]);
  }

  /** How many of a small group have read a message. */
  async readBy({ to, seq }: Message): Promise<{ read: number; of: number }> {
    return asIMError(this.#bridge.messageReadBy({ groupID: to, seq: seq ?? 0 }));
  }

  /** Also clears its history on this user's devices. */
  async deleteWithHistory(conversationID: string): Promise<void> {
    await asIMError(this.#bridge.deleteConversation({ conversationID, clear: true }));
  }

  /** What is not given stays. */
  async changeConversation(
    request: Parameters<Bridge['changeConversationSettings']>[0],
  ): Promise<Conversation> {
    return conversationFrom(await asIMError(this.#bridge.changeConversationSettings(request)));
  }

  /** Throws a message away that failed or waits. */
  async discardMessage(message: Message): Promise<void> {
    const { conversationID, clientID } = message;
    const { sending } = this.#lent;
    // What the engine never took it need not know.
    if (!sending.isUntaken(message))
      await asIMError(this.#bridge.discardMessage({ conversationID, clientID }));
    sending.drop(message);
  }

  async findPeople(query: string): Promise<Profile[]> {
    return (await asIMError(this.#bridge.findPeople({ query }))).map(profileFrom);
  }

  async #signIn(work: Promise<AccountView>): Promise<AccountView> {
    const account = await asIMError(work);
    this.#lent.signedIn(account);
    return account;
  }
}

/** What the whole app knows just now: who is signed in, the connection, the list, the settings, which chat is open. */
import { getContext, setContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { Attention } from '../chat/attention';
import { firstPageOf } from '../chat/chat-page.svelte';
import type { Mention } from '../composer/mentions';
import { Appearance } from '../look/appearance';
import { nameOf } from '../look/names';
import { makePainted, type Painted } from '../look/painted';
import { isTypedSomewhere } from '../look/typed';
import type { Recording } from '../media/recording.svelte';
import {
  DEFAULT_SETTINGS,
  EVENT,
  IMError,
  TIDINGS_EVENT,
  type AccountView,
  type AppInfo,
  type CacheSetAside,
  type ConnectionNews,
  type Conversation,
  type Message,
  type Settings,
  type TimClient,
} from '../tim';
import type { SettingsTab } from '../settings/tabs';
import { spoken, words } from '../words/words.svelte';
import { Files } from './files.svelte';
import { Moving } from './moving.svelte';
import { People } from './people.svelte';
import { problemOf } from './problems';

/** How large everything may be, percent, and how far one step goes. */
const ZOOM = { least: 50, most: 300, step: 10 };

export type Stage = 'starting' | 'failed' | 'welcome' | 'app' | 'kicked';

/** What the next text of a conversation is about. */
export interface About {
  kind: 'reply' | 'edit';
  message: Message;
}

/** How long the first list waits for the newest chat's page, milliseconds. */
const AHEAD_WAIT = 150;

export class Session {
  readonly tim: TimClient;
  readonly painted: (what: Painted) => void;
  /** Whether a person looks at this window. */
  readonly attention = new Attention();
  readonly people: People;
  readonly files: Files;
  readonly moving: Moving;
  /** Whom this user has blocked. */
  blocked = $state.raw<readonly string[]>([]);
  /** The column beside the chat. */
  areDetailsOpen = $state(false);
  /** Something that a click could not do, for a moment. */
  trouble = $state('');
  /** Something that was done and cannot be seen by itself, for a moment. */
  news = $state('');

  stage = $state<Stage>('starting');
  /** Why it could not start. */
  failure = $state.raw<IMError | null>(null);
  account = $state.raw<AccountView | null>(null);
  appInfo = $state.raw<AppInfo | null>(null);
  settings = $state.raw<Settings>(DEFAULT_SETTINGS);
  connection = $state.raw<ConnectionNews>({ state: 'connecting', retryInMs: null, error: null });
  conversations = $state.raw<Conversation[]>([]);
  isListLoaded = $state(false);
  /** Unread messages of all conversations that are told of. */
  totalUnread = $state(0);
  /** The open conversation's id; empty when none is. */
  openID = $state('');
  /** The open conversation, on the list or not yet. */
  opened = $state.raw<Conversation | null>(null);
  kickedOut = $state<string>('');
  setAside = $state.raw<CacheSetAside | null>(null);
  /** A link that asked to be opened and waits for the welcome screen. */
  link = $state<string | null>(null);
  /** A message that the open conversation is to show. */
  target = $state.raw<{ conversationID: string; seq: number } | null>(null);
  /** The settings are asked for from outside. */
  settingsAsked = $state<SettingsTab | null>(null);
  /** Voice messages that are being recorded or wait, by conversation. */
  readonly recordings = new SvelteMap<string, Recording>();
  /** Whether something would be lost without this page: the shell lets no such page go. */
  readonly isBusy = $derived.by(
    () =>
      this.recordings.size > 0 ||
      this.files.offers.size > 0 ||
      this.files.handed.length > 0 ||
      this.#hasUntaken ||
      [...this.abouts.values()].some(({ kind }) => kind === 'edit') ||
      isTypedSomewhere(),
  );
  /** What is answered or edited, by conversation. */
  readonly abouts = new SvelteMap<string, About>();
  /** There are messages that the engine did not take. */
  #hasUntaken = $state(false);
  /** One column instead of two: then the chat hides the list. */
  isNarrow = $state(false);
  /** What is being written, by conversation: newer than the list's draft until the engine has it. */
  // Nothing is drawn from it.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly drafts = new Map<string, string>();
  /** Who was chosen to be mentioned in what is being written, by conversation. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly mentions = new Map<string, readonly Mention[]>();
  /** What a message that is being edited says so far, by conversation. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly edits = new Map<string, { clientID: string; text: string }>();
  /** A sign-in that the person gave up; should it still succeed, it is undone. */
  #isGivenUp = false;
  readonly #look = new Appearance();
  #attempt = 0;
  #isReadingAhead = false;
  /** The attempt before, with its undoing: signing out knows no account, so the next one waits for it. */
  #ending: Promise<unknown> = Promise.resolve();

  constructor(tim: TimClient) {
    this.tim = tim;
    this.people = new People(tim);
    this.moving = new Moving(tim);
    this.files = new Files(
      tim,
      (conversationID) => (conversationID === this.openID ? Promise.resolve() : this.open(conversationID)),
      (trouble) => (this.trouble = trouble),
    );
    this.files.openID = () => this.openID;
    this.painted = makePainted((what) => void tim.tidings.painted({ what }).catch(() => undefined));
    this.#listen();
    const narrow = window.matchMedia('(max-width: 719.98px)');
    this.isNarrow = narrow.matches;
    narrow.addEventListener('change', () => (this.isNarrow = narrow.matches));
  }

  /** Asks for everything that the first screen needs; after a failure, again. */
  async start(): Promise<void> {
    const { tidings } = this.tim;
    // Should it fail, that is said in the person's language too.
    const isUnderstood = this.appInfo === null ? spoken.speak('system', navigator.language) : undefined;
    try {
      const [info, settings, connection] = await Promise.all([
        tidings.appInfo(),
        tidings.settings(),
        tidings.connection(),
        tidings.started,
      ]);
      this.appInfo = info;
      this.link ??= info.link;
      await Promise.all([isUnderstood, this.#takeSettings(settings)]);
      if (this.connection.state === 'connecting') this.connection = { ...this.connection, state: connection };
      this.#takeAccount(tidings.account());
      if (this.account === null && (this.stage === 'starting' || this.stage === 'failed'))
        this.stage = 'welcome';
    } catch (thrown) {
      this.failure = IMError.from(thrown);
      await isUnderstood;
      this.stage = 'failed';
    }
    this.painted('shell');
  }

  async changeSettings(change: Partial<Settings>): Promise<void> {
    const settings = { ...this.settings, ...change };
    await this.#takeSettings(settings);
    await this.#takeSettings(await this.tim.tidings.setSettings({ settings }));
  }

  /** Makes everything larger (1) or smaller (-1), or as it was (0). */
  zoom(direction: -1 | 0 | 1): void {
    const wanted = direction === 0 ? 100 : this.settings.zoom + direction * ZOOM.step;
    const zoom = Math.min(Math.max(wanted, ZOOM.least), ZOOM.most);
    if (zoom !== this.settings.zoom) void this.changeSettings({ zoom }).catch(() => undefined);
  }

  /** Opens a conversation, or closes with an empty id. */
  async open(conversationID: string): Promise<void> {
    this.openID = conversationID;
    this.opened = this.conversations.find((each) => each.conversationID === conversationID) ?? null;
    if (conversationID === '' || this.opened !== null) return;
    const answer = await this.tim.getConversationProfile(conversationID);
    if (this.openID === conversationID && this.opened === null)
      this.opened = answer?.data.conversation ?? null;
  }

  /** Runs a sign-in that the person may give up; a success after that is undone, before the next one begins. */
  signingIn(work: () => Promise<unknown>): Promise<void> {
    const attempt = (this.#attempt += 1);
    const done = this.#ending.then(async () => {
      if (attempt !== this.#attempt) return;
      this.#isGivenUp = false;
      // Undoing that would take along what was imported.
      const isKept = this.account?.isImported === true;
      await work();
      if (attempt !== this.#attempt && !isKept) {
        try {
          await this.tim.logout();
          return;
        } catch (thrown) {
          console.warn('a sign-in that was given up could not be undone', thrown);
          this.#isGivenUp = false;
        }
      }
      this.#takeAccount(this.tim.tidings.account());
    });
    this.#ending = done.catch(() => undefined);
    return done;
  }

  giveUpSigningIn(): void {
    this.#attempt += 1;
    this.#isGivenUp = true;
  }

  /** Does what a click asked for; what cannot be done is said. */
  async attempt(work: () => Promise<unknown> | undefined): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (thrown) {
      this.trouble = problemOf(thrown).text;
      return false;
    }
  }

  /**
   * An export of a space that its user's own computer hosted: nobody was given a password for it, so it is here to be read. An
   * imported account of a server waits for its user instead.
   */
  get isOnlyToRead(): boolean {
    return this.account?.isImported === true && this.account.server === '';
  }

  /** What somebody is called where the name stands by itself; who reads this is "You". `nick`: as a message says it. */
  calledOf(userID: string, nick?: string): string {
    if (userID === this.account?.profile.userID) return words.groups.you;
    return nick === undefined ? this.people.nameOf(userID) : nameOf({ userID, nick });
  }

  /** What was imported waits for its user to sign in. */
  signInAgain(): void {
    this.stage = 'welcome';
  }

  async signOut(): Promise<void> {
    await this.tim.logout();
  }

  #listen(): void {
    const { tim } = this;
    tim.on(TIDINGS_EVENT.ACCOUNT, ({ data }) => {
      if (!this.#isGivenUp) this.#takeAccount(data);
    });
    tim.on(EVENT.CONVERSATION_LIST_UPDATED, ({ data }) => this.#takeList(data));
    tim.on(TIDINGS_EVENT.CONNECTION, ({ data }) => (this.connection = data));
    tim.on(TIDINGS_EVENT.SETTINGS_CHANGED, ({ data }) => void this.#takeSettings(data));
    tim.on(TIDINGS_EVENT.UNTAKEN, ({ data }) => (this.#hasUntaken = data));
    tim.on(TIDINGS_EVENT.CACHE_SET_ASIDE, ({ data }) => (this.setAside = data));
    tim.on(TIDINGS_EVENT.LINK_OPENED, ({ data }) => (this.link = data.link));
    tim.on(TIDINGS_EVENT.CONVERSATION_OPENED, ({ data }) => void this.open(data.conversationID));
    tim.on(TIDINGS_EVENT.IMPORT_REFUSED, () => (this.trouble = words.notices.importNotNow));
    tim.on(TIDINGS_EVENT.LINK_REFUSED, () => (this.trouble = words.problems.notOurLink));
    tim.on(TIDINGS_EVENT.SETTINGS_OPENED, () => (this.settingsAsked = 'notifications'));
    tim.on(EVENT.NOTIFICATION_CLICKED, ({ data: { conversationID, seq } }) => {
      this.target = seq === null ? null : { conversationID, seq };
      void this.open(conversationID);
    });
    tim.on(EVENT.BLACKLIST_UPDATED, ({ data }) => (this.blocked = data));
    tim.on(EVENT.TOTAL_UNREAD_MESSAGE_COUNT_UPDATED, ({ data }) => (this.totalUnread = data));
    tim.on(EVENT.SDK_READY, () => {
      tim.getBlacklist()?.then(
        ({ data }) => (this.blocked = data),
        () => undefined,
      );
    });
    tim.on(EVENT.KICKED_OUT, ({ data }) => {
      this.kickedOut = data.type;
      this.stage = 'kicked';
    });
    tim.on(EVENT.ERROR, ({ data }) => console.warn(`error ${data.code}: ${data.message}`));
  }

  #takeAccount(account: AccountView | null): void {
    this.account = account;
    if (account !== null) {
      if (this.stage !== 'app') {
        this.kickedOut = '';
        // The link that was joined with has done its work; one that came with the start of a signed-in app has not.
        if (this.stage === 'welcome') this.link = null;
      }
      // The first frame is to have the list in it; it does not wait long.
      if (this.stage === 'starting' && !this.isListLoaded) setTimeout(() => this.#enter(), AHEAD_WAIT);
      else this.stage = 'app';
      return;
    }
    this.conversations = [];
    this.isListLoaded = false;
    this.openID = '';
    this.opened = null;
    this.drafts.clear();
    this.mentions.clear();
    this.edits.clear();
    this.abouts.clear();
    this.people.forget();
    for (const each of [...this.recordings.values()]) each.discard();
    this.moving.forget();
    this.blocked = [];
    // At the start there is nothing of anybody's, and what came with it is still to be said.
    if (this.stage !== 'starting' && this.stage !== 'failed') {
      this.files.forget();
      this.trouble = '';
    }
    this.areDetailsOpen = false;
    this.totalUnread = 0;
    if (this.stage === 'app') this.stage = 'welcome';
  }

  /**
   * The first list waits a moment for the newest chat's page: both are drawn in one frame then, and the first frame of a large
   * page is what a start takes longest for.
   */
  async #takeFirstList(newest: Conversation): Promise<void> {
    const { before, count } = firstPageOf(newest);
    const ahead = this.tim.tidings.readAhead(newest.conversationID, before, count).catch(() => undefined);
    const enough = new Promise((resolve) => setTimeout(resolve, AHEAD_WAIT));
    await Promise.race([ahead, enough]);
    if (this.account !== null && !this.isListLoaded) this.#showList(this.tim.tidings.conversations());
  }

  #takeList(list: Conversation[]): void {
    if (this.isListLoaded) return this.#showList(list);
    if (this.#isReadingAhead) return;
    const newest = list[0];
    if (newest === undefined || this.isNarrow || this.openID !== '') return this.#showList(list);
    this.#isReadingAhead = true;
    void this.#takeFirstList(newest).finally(() => (this.#isReadingAhead = false));
  }

  #enter(): void {
    if (this.account !== null && this.stage === 'starting') this.stage = 'app';
  }

  #showList(list: Conversation[]): void {
    const isFirst = !this.isListLoaded;
    const wasListed = this.conversations.some((each) => each.conversationID === this.openID);
    this.conversations = list;
    this.people.take(list.flatMap(({ userProfile }) => (userProfile ? [userProfile] : [])));
    this.isListLoaded = true;
    // Beside the list there is room for a chat: the newest, so that the app starts where things are going on.
    if (isFirst && !this.isNarrow && this.openID === '') this.openID = list[0]?.conversationID ?? '';
    const opened = list.find((each) => each.conversationID === this.openID);
    if (opened !== undefined) this.opened = opened;
    // Asked for before the list was there, and not on it.
    else if (isFirst && this.openID !== '') void this.open(this.openID);
    else if (wasListed) void this.#lookAgain(this.openID);
    this.#enter();
  }

  /** What is open left the list: of a group that one left only what it says now is true. */
  async #lookAgain(conversationID: string): Promise<void> {
    try {
      const answer = await this.tim.getConversationProfile(conversationID);
      if (this.openID === conversationID && answer) this.opened = answer.data.conversation;
    } catch {
      // As it was seen last.
    }
  }

  async #takeSettings(settings: Settings): Promise<void> {
    this.settings = settings;
    this.#look.take(settings);
    await spoken.speak(settings.language, this.appInfo?.locale ?? navigator.language);
  }
}

const KEY = Symbol('session');

export function provideSession(session: Session): Session {
  return setContext(KEY, session);
}

export function useSession(): Session {
  return getContext<Session>(KEY);
}

/**
 * The one interface to Rust. `tauri.ts` speaks to the real engine, `fake.ts` keeps a small world in memory for tests.
 *
 * Each method is one Tauri command of the same name in snake_case (`sendMessage` -> `send_message`). Its parameters cross as
 * one argument, `request`, an object of the same names; `listen` gets one argument, `channel`. A refusal is an `ErrorView`,
 * thrown as it is.
 */
import type { AccountView } from './generated/AccountView';
import type { ConnectionState } from './generated/ConnectionState';
import type { ConversationView } from './generated/ConversationView';
import type { MessagePage } from './generated/MessagePage';
import type { MessageView } from './generated/MessageView';
import type { OutgoingMessage } from './generated/OutgoingMessage';
import type { ProfileView } from './generated/ProfileView';
import type { AppInfo } from './generated/AppInfo';
import type { HostStatus } from './generated/HostStatus';
import type { Invitation } from './generated/Invitation';
import type { LinkPreview } from './generated/LinkPreview';
import type { LinkToOpen } from './generated/LinkToOpen';
import type { Settings } from './generated/Settings';
import type { ShellEvent } from './generated/ShellEvent';

export type { ShellEvent };

export interface Bridge {
  /**
   * Listens to the one event channel. Every listener hears every event in order. What happened before is not repeated:
   * listen first, then ask for the state. Resolves to a function that stops listening.
   */
  listen(listener: (event: ShellEvent) => void): Promise<() => void>;

  // The account of this profile
  account(): Promise<AccountView | null>;
  connection(): Promise<ConnectionState>;
  /** Embeds a server in this app, makes the owner's account, signs in. */
  startSpace(request: { nick: string }): Promise<AccountView>;
  /** What a link leads to, asked of its server: name of the space and how to join. */
  inspectLink(request: { link: string }): Promise<LinkPreview>;
  joinWithLink(request: {
    link: string;
    userID: string;
    nick: string;
    password: string;
  }): Promise<AccountView>;
  /** `server`: as typed. One of `password` and `userSig`. */
  signIn(request: {
    server: string;
    userID: string;
    password?: string;
    userSig?: string;
  }): Promise<AccountView>;
  /** Revokes this device's token where the server can be reached, and clears the account and the cache. */
  signOut(): Promise<void>;

  // Messages
  /** Resolves when the message is in the outbox, on disk; `messagesChanged` tells what became of it. */
  sendMessage(request: { message: OutgoingMessage }): Promise<MessageView>;
  resendMessage(request: { conversationID: string; clientID: string }): Promise<MessageView>;
  /** Throws a message away that failed or waits. */
  discardMessage(request: { conversationID: string; clientID: string }): Promise<void>;
  messagePage(request: {
    conversationID: string;
    before: number | null;
    count: number;
  }): Promise<MessagePage>;
  markRead(request: { conversationID: string }): Promise<void>;

  // Conversations
  /** The latest 100, or more with a higher limit (at most 1000). */
  conversationList(request: { limit: number }): Promise<ConversationView[]>;
  /** Also for a user with whom there is no conversation yet: an empty one, not on the list. Code 2500, 2501. */
  conversationProfile(request: { conversationID: string }): Promise<ConversationView>;
  deleteConversation(request: { conversationID: string }): Promise<void>;
  /** Empty text removes the draft. */
  setDraft(request: { conversationID: string; text: string }): Promise<void>;

  // People
  myProfile(): Promise<ProfileView>;
  userProfiles(request: { userIDs: string[] }): Promise<ProfileView[]>;
  updateMyProfile(request: { nick?: string; avatarColour?: number }): Promise<ProfileView>;
  /** People of the space by the start of an id or part of a name; the first 20 for an empty query. */
  findPeople(request: { query: string }): Promise<ProfileView[]>;

  // The shell
  appInfo(): Promise<AppInfo>;
  settings(): Promise<Settings>;
  setSettings(request: { settings: Settings }): Promise<Settings>;
  copyText(request: { text: string }): Promise<void>;
  /** What a link in a message really leads to (host as punycode, no user info), or an error when it is none to open. */
  inspectWebLink(request: { url: string }): Promise<LinkToOpen>;
  /** Opens the link in the system's browser. Only http, https and mailto; only after a person said so. */
  openWebLink(request: { url: string }): Promise<void>;
  /** Tells the shell that the first page is painted (for measuring, and to show the window without a flash). */
  painted(request: { what: 'shell' | 'list' | 'page' }): Promise<void>;

  // Hosting a space
  hostStatus(): Promise<HostStatus>;
  /** Opens the space to the local network, or closes it. */
  setHostShared(request: { shared: boolean }): Promise<HostStatus>;
  makeInvitation(): Promise<Invitation>;
}

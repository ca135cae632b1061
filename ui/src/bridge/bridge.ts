/**
 * The one interface to Rust. `tauri.ts` speaks to the real engine, `fake.ts` keeps a small world in memory for tests.
 *
 * Each method is one Tauri command of the same name in snake_case (`sendMessage` -> `send_message`). Its parameters cross as
 * one argument, `request`, an object of the same names; `listen` gets one argument, `channel`. A refusal is an `ErrorView`,
 * thrown as it is.
 */
import type { AccountView } from './generated/AccountView';
import type { AddedMembers } from './generated/AddedMembers';
import type { ConnectionState } from './generated/ConnectionState';
import type { ConversationView } from './generated/ConversationView';
import type { GroupMemberView } from './generated/GroupMemberView';
import type { GroupProfileView } from './generated/GroupProfileView';
import type { JoinedGroup } from './generated/JoinedGroup';
import type { MemberPage } from './generated/MemberPage';
import type { MessagePage } from './generated/MessagePage';
import type { MessageView } from './generated/MessageView';
import type { OutgoingMessage } from './generated/OutgoingMessage';
import type { OwnGroupView } from './generated/OwnGroupView';
import type { ProfileView } from './generated/ProfileView';
import type { AppInfo } from './generated/AppInfo';
import type { HostStatus } from './generated/HostStatus';
import type { Invitation } from './generated/Invitation';
import type { LinkPreview } from './generated/LinkPreview';
import type { LinkToOpen } from './generated/LinkToOpen';
import type { ReadByView } from './generated/ReadByView';
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
  /** One that waits or failed just leaves the outbox. */
  recallMessage(request: {
    conversationID: string;
    clientID: string;
    seq: number | null;
  }): Promise<MessageView>;
  /** A text of one's own, while the server allows it. */
  editMessage(request: { conversationID: string; seq: number; payload: unknown }): Promise<MessageView>;
  reactToMessage(request: {
    conversationID: string;
    seq: number;
    emoji: string;
    on: boolean;
  }): Promise<MessageView>;
  /** They leave this device, and nobody else's. */
  deleteMessagesForMe(request: {
    conversationID: string;
    seqs: number[];
    clientIDs: string[];
  }): Promise<void>;

  // Conversations
  /** The latest 100, or more with a higher limit (at most 1000). */
  conversationList(request: { limit: number }): Promise<ConversationView[]>;
  /** Also for a user with whom there is no conversation yet: an empty one, not on the list. Code 2500, 2501. */
  conversationProfile(request: { conversationID: string }): Promise<ConversationView>;
  /** `clear`: its history leaves this user's devices too. */
  deleteConversation(request: { conversationID: string; clear: boolean }): Promise<void>;
  /** What is not given stays. */
  changeConversationSettings(request: {
    conversationID: string;
    remindType?: ConversationView['remindType'];
    isPinned?: boolean;
    isMarkedUnread?: boolean;
  }): Promise<ConversationView>;
  totalUnread(): Promise<number>;
  /** Empty text removes the draft. */
  setDraft(request: { conversationID: string; text: string }): Promise<void>;

  // People
  myProfile(): Promise<ProfileView>;
  userProfiles(request: { userIDs: string[] }): Promise<ProfileView[]>;
  updateMyProfile(request: { nick?: string; avatarColour?: number }): Promise<ProfileView>;
  /** People of the space by the start of an id or part of a name; the first 20 for an empty query. */
  findPeople(request: { query: string }): Promise<ProfileView[]>;

  /** Each answers everybody who is blocked after it. */
  blockUsers(request: { userIDs: string[] }): Promise<string[]>;
  unblockUsers(request: { userIDs: string[] }): Promise<string[]>;
  blockedUsers(): Promise<string[]>;

  // Groups: each of these needs a connection (2800)
  createGroup(request: {
    type: GroupProfileView['type'];
    name: string;
    groupID?: string;
    introduction?: string;
    notification?: string;
    avatarColour?: number;
    joinOption?: GroupProfileView['joinOption'];
    memberIDs: string[];
  }): Promise<GroupProfileView>;
  dismissGroup(request: { groupID: string }): Promise<void>;
  joinGroup(request: { groupID: string; message: string }): Promise<JoinedGroup>;
  quitGroup(request: { groupID: string }): Promise<void>;
  /** Answers who asked to join. Another administrator was first: 10024. */
  answerApplication(request: {
    groupID: string;
    userID: string;
    accept: boolean;
    message: string;
  }): Promise<void>;
  changeGroupOwner(request: { groupID: string; userID: string }): Promise<void>;
  groupList(): Promise<OwnGroupView[]>;
  groupProfile(request: { groupID: string }): Promise<GroupProfileView>;
  updateGroup(request: {
    groupID: string;
    name?: string;
    introduction?: string;
    notification?: string;
    avatarColour?: number;
    joinOption?: GroupProfileView['joinOption'];
    muteAll?: boolean;
  }): Promise<GroupProfileView>;
  /** By the exact id; Private groups are not found. */
  searchGroup(request: { groupID: string }): Promise<GroupProfileView>;
  groupMembers(request: { groupID: string; after: number | null; count: number }): Promise<MemberPage>;
  groupMemberProfiles(request: { groupID: string; userIDs: string[] }): Promise<GroupMemberView[]>;
  addGroupMembers(request: { groupID: string; userIDs: string[] }): Promise<AddedMembers>;
  removeGroupMembers(request: { groupID: string; userIDs: string[]; reason: string }): Promise<void>;
  setGroupMemberRole(request: { groupID: string; userID: string; role: 'Admin' | 'Member' }): Promise<void>;
  /** From now; 0 lets them speak again. */
  muteGroupMember(request: { groupID: string; userID: string; seconds: number }): Promise<void>;
  /** Without `userID` one's own. */
  setNameCard(request: { groupID: string; userID?: string; nameCard: string }): Promise<void>;
  /** How many of a small group have read a message. */
  messageReadBy(request: { groupID: string; seq: number }): Promise<ReadByView>;

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

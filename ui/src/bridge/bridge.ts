/**
 * The one interface to Rust. `tauri.ts` speaks to the real engine, `fake.ts` keeps a small world in memory for tests.
 *
 * Each method is one Tauri command of the same name in snake_case (`sendMessage` -> `send_message`). Its parameters cross as
 * one argument, `request`, an object of the same names; `listen` gets one argument, `channel`; a request with `bytes` crosses as
 * raw bytes, its other fields as headers. A refusal is an `ErrorView`, thrown as it is.
 */
import type { AccountView } from './generated/AccountView';
import type { AddedMembers } from './generated/AddedMembers';
import type { AttachedFiles } from './generated/AttachedFiles';
import type { AttachmentKind } from './generated/AttachmentKind';
import type { ConnectionState } from './generated/ConnectionState';
import type { Diagnostics } from './generated/Diagnostics';
import type { ConversationView } from './generated/ConversationView';
import type { FirstScreen } from './generated/FirstScreen';
import type { DraftAttachmentView } from './generated/DraftAttachmentView';
import type { ExportView } from './generated/ExportView';
import type { GroupMemberView } from './generated/GroupMemberView';
import type { GroupProfileView } from './generated/GroupProfileView';
import type { ImportReport } from './generated/ImportReport';
import type { JoinedGroup } from './generated/JoinedGroup';
import type { MediaSection } from './generated/MediaSection';
import type { MediaStorageView } from './generated/MediaStorageView';
import type { MemberPage } from './generated/MemberPage';
import type { MessagePage } from './generated/MessagePage';
import type { MessageView } from './generated/MessageView';
import type { OpenedFile } from './generated/OpenedFile';
import type { OutgoingMessage } from './generated/OutgoingMessage';
import type { OwnGroupView } from './generated/OwnGroupView';
import type { ProfileView } from './generated/ProfileView';
import type { AppInfo } from './generated/AppInfo';
import type { HostStatus } from './generated/HostStatus';
import type { Invitation } from './generated/Invitation';
import type { LinkPreview } from './generated/LinkPreview';
import type { LinkToOpen } from './generated/LinkToOpen';
import type { ReadByView } from './generated/ReadByView';
import type { SavedFile } from './generated/SavedFile';
import type { Settings } from './generated/Settings';
import type { Surroundings } from './generated/Surroundings';
import type { ShellEvent } from './generated/ShellEvent';
import type { TransferView } from './generated/TransferView';

export type { ShellEvent };

export interface Bridge {
  /**
   * Listens to the one event channel. Every listener hears every event in order. What happened before is not repeated:
   * listen first, then ask for the state. Resolves to a function that stops listening.
   */
  listen(listener: (event: ShellEvent) => void): Promise<() => void>;

  /**
   * What the first frame shows, in one answer (`first-screen.ts`). Comes when somebody listens, so that nothing falls between. Where
   * more than `messages - around` are unread, the page is the one around where reading stopped.
   */
  firstScreen(request: { conversations: number; messages: number; around: number }): Promise<FirstScreen>;

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

  // Ways in for files. What comes of each is a draft attachment, which the shell keeps: no path ever reaches the page.
  // Previews are at `${appInfo.mediaBase}draft/ID`, the picture itself at `${appInfo.mediaBase}draft/ID?full`, video and sound to
  // play at `${appInfo.streamBase}draft/ID`. `attachmentChanged` tells what is found out later.
  /**
   * The desktop's own dialog, several at once. Nothing in it when somebody cancelled. 120023: this desktop has no such dialog
   * (no portal): offer drop and paste.
   */
  pickFiles(request: { kind: 'image' | 'video' | 'file' }): Promise<AttachedFiles>;
  /**
   * Files or an image of the clipboard; nothing in it when there are none. Only for a paste event that has neither items nor
   * text: WebKitGTK gives an image no other way.
   */
  pasteFiles(): Promise<AttachedFiles>;
  /** The files of a `dropped` event. Once, and within a minute. */
  attachDropped(request: { token: string }): Promise<AttachedFiles>;
  /** The files in the folders of a `dropped` event, after a person said so: some levels deep, some hundred. Once. */
  attachDroppedFolders(request: { token: string }): Promise<AttachedFiles>;
  /** A `File` or `Blob` of the page, in parts: begin, parts of at most 1 MiB in order, finish. Answers the attachment's id. */
  attachBegin(request: {
    name: string;
    mime: string;
    size: number;
    kind: AttachmentKind | null;
  }): Promise<string>;
  attachChunk(request: { id: string; offset: number; bytes: Uint8Array }): Promise<void>;
  attachFinish(request: { id: string }): Promise<DraftAttachmentView>;
  attachment(request: { id: string }): Promise<DraftAttachmentView>;
  /** Forgets a draft attachment that will not be sent, also one that is not finished. */
  discardAttachment(request: { id: string }): Promise<void>;
  /** The frame of a video that stands for it, as a JPEG of at most 1 MiB; empty: there is none to be had, and nobody need wait for it. */
  setAttachmentPoster(request: { id: string; bytes: Uint8Array }): Promise<DraftAttachmentView>;

  // Voice
  /**
   * Begins to record; `recordingLevel` follows about 15 times a second, `recordingEnded` after 10 minutes, `recordingFailed` when
   * the microphone goes away. 120023: no microphone, or no right to it.
   */
  recordStart(): Promise<void>;
  /** Ends the recording and makes an attachment of it, also after `recordingEnded` and `recordingFailed`. */
  recordStop(): Promise<DraftAttachmentView>;
  /** Throws the recording away. */
  recordCancel(): Promise<void>;

  // Files on their way: `transferProgress` tells of each. To cancel an upload: `discardMessage`
  pauseTransfer(request: { conversationID: string; clientID: string }): Promise<void>;
  resumeTransfer(request: { conversationID: string; clientID: string }): Promise<void>;
  /** What is on its way, waits or was stopped: after `listen` and after `overflow`. */
  transfers(): Promise<TransferView[]>;
  /** Resolves when the whole file is here. Pictures come by themselves when `${appInfo.mediaBase}file/ID` is shown. */
  fetchFile(request: { fileID: string }): Promise<void>;
  cancelFetch(request: { fileID: string }): Promise<void>;

  // Files that are here, or are fetched first
  /**
   * The desktop's own dialog; `null` when somebody cancelled. Nothing is overwritten: `name` says what it is called now.
   * 120023: this desktop has no such dialog, `saveFileToDownloads` needs none.
   */
  saveFile(request: { fileID: string }): Promise<SavedFile | null>;
  saveFileToDownloads(request: { fileID: string }): Promise<SavedFile>;
  /**
   * Opens it with the desktop's program. What may run code is not opened: `asks` says so, and a second call with `confirmed`
   * shows it in its folder instead, where a person can decide.
   */
  openFile(request: { fileID: string; confirmed: boolean }): Promise<OpenedFile>;
  /** A copy under its own name, in the file manager. */
  showInFolder(request: { fileID: string }): Promise<void>;
  copyImage(request: { fileID: string }): Promise<void>;
  /** Begins a drag of the file out of the window; call it while the button is down. 120023: not on this desktop. */
  startDrag(request: { fileID: string }): Promise<void>;

  // Kept media
  mediaStorage(): Promise<MediaStorageView>;
  /** What waits to be sent stays. */
  clearMediaStorage(): Promise<MediaStorageView>;
  /** A conversation's pictures and videos, files, or links, newest first. */
  conversationMedia(request: {
    conversationID: string;
    kind: MediaSection;
    before: number | null;
    count: number;
  }): Promise<MessagePage>;

  // One's data: out of this profile and into a new one. `exportProgress` tells how far either is.
  /**
   * Writes everything into a new folder; the desktop's own dialog asks where. `fetch`: what only the server has, too. `null`: nobody
   * chose a folder, or it was stopped. 120023: this desktop has no such dialog, `toDownloads` needs none.
   */
  exportData(request: { fetch: boolean; toDownloads: boolean }): Promise<ExportView | null>;
  /** `exportData` answers when nothing of it is left. */
  cancelExport(): Promise<void>;
  /** The last export, in the file manager. */
  showExport(): Promise<void>;
  /**
   * Takes an export into this profile, which nobody uses; the desktop's own dialog asks for its folder. After it there is an account
   * that `isImported`. `null`: as above.
   */
  importData(): Promise<ImportReport | null>;
  cancelImport(): Promise<void>;

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
  /** What helps to find a fault, as text to pass on: no message, no token. */
  diagnostics(): Promise<Diagnostics>;
  /** Tells the shell that the first page is painted (for measuring, and to show the window without a flash). */
  painted(request: { what: 'shell' | 'list' | 'page' }): Promise<void>;
  /**
   * Which conversation is on the screen (empty: none), for the policy of notifications. `isBusy`: something here would be lost
   * without this page; while it is so, the shell keeps a hidden window's page.
   */
  lookAt(request: { conversationID: string; isBusy: boolean }): Promise<void>;
  /** Shows a notification, whatever the settings say; `false` where nobody shows any. */
  testNotification(): Promise<boolean>;
  /** What there is on this desktop. */
  surroundings(): Promise<Surroundings>;

  // Hosting a space
  hostStatus(): Promise<HostStatus>;
  /** Opens the space to the local network, or closes it. */
  setHostShared(request: { shared: boolean }): Promise<HostStatus>;
  makeInvitation(): Promise<Invitation>;
}

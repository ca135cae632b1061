/** Conversations in TIM's words (R-H9), and the list of them that the SDK keeps. */
import type { ConversationView } from '../bridge/generated/ConversationView';
import { TYPES } from './constants';
import { groupFrom, type Group, type RemindType } from './group';
import { profileFrom, type Profile } from './profile';
import type { MessageStatus } from './message';

export interface LastMessage {
  /** Seconds since 1970. */
  lastTime: number;
  lastSequence: number;
  fromAccount: string;
  messageForShow: string;
  payload: unknown;
  type: string;
  isRevoked: boolean;
  /** Tidings. */
  status: MessageStatus;
  /** Tidings. */
  isPeerRead: boolean;
  /** Who recalled it; empty while nobody has. */
  revoker: string;
  /** What the sender is called; empty when they have no name. */
  nick: string;
}

/** Somebody mentioned this user, or everybody, in what is unread. */
export interface GroupAtInfo {
  /** 0: it is not known which message. */
  messageSequence: number;
  /** `CONV_AT_ME`, `CONV_AT_ALL` or `CONV_AT_ALL_AT_ME`. */
  atTypeArray: number[];
}

/** A conversation at one moment: a change makes a new object. */
export interface Conversation {
  conversationID: string;
  type: string;
  subType: string;
  unreadCount: number;
  /** `null` in an empty conversation. */
  lastMessage: LastMessage | null;
  userProfile: Profile | undefined;
  groupProfile: Group | undefined;
  isPinned: boolean;
  remark: string;
  groupAtInfoList: GroupAtInfo[];
  messageRemindType: RemindType;

  /** Shown as unread until it is opened (Tidings). */
  isMarkedUnread: boolean;
  /** How far this user has read (Tidings). */
  readSeq: number;
  /** How far the other has read (Tidings). */
  peerReadSeq: number;
  /** The newest message's place (Tidings). */
  seq: number;
  /** What waits in the composer (Tidings). */
  draft: string;
  /** Own messages that failed (Tidings). */
  failedCount: number;
  /** Own messages that wait (Tidings). */
  unsentCount: number;
  /** What the list is sorted by, milliseconds since 1970 (Tidings). */
  sortTime: number;
}

export function conversationFrom(view: ConversationView): Conversation {
  const last = view.lastMessage;
  return {
    conversationID: view.conversationID,
    type: view.type,
    subType: view.groupProfile?.type ?? '',
    unreadCount: view.unreadCount,
    lastMessage: last && {
      lastTime: Math.floor(last.lastTime / 1000),
      lastSequence: last.lastSequence ?? 0,
      fromAccount: last.fromAccount,
      messageForShow: last.messageForShow,
      payload: last.type === 'TIMTextElem' ? { text: last.messageForShow } : last.payload,
      type: last.type,
      isRevoked: last.isRevoked,
      status: last.status,
      isPeerRead: last.isPeerRead,
      revoker: last.revoker,
      nick: last.nick,
    },
    userProfile: view.userProfile ? profileFrom(view.userProfile) : undefined,
    groupProfile: view.groupProfile ? groupFrom(view.groupProfile, view.membership) : undefined,
    isPinned: view.isPinned,
    remark: '',
    groupAtInfoList: mentions(view.mentioned),
    messageRemindType: view.remindType,
    isMarkedUnread: view.isMarkedUnread,
    readSeq: view.readSeq,
    peerReadSeq: view.peerReadSeq,
    seq: view.seq,
    draft: view.draft,
    failedCount: view.failedCount,
    unsentCount: view.unsentCount,
    sortTime: view.sortTime,
  };
}

function mentions(mentioned: ConversationView['mentioned']): GroupAtInfo[] {
  if (mentioned === 'none') return [];
  const type = { me: TYPES.CONV_AT_ME, all: TYPES.CONV_AT_ALL, both: TYPES.CONV_AT_ALL_AT_ME }[mentioned];
  return [{ messageSequence: 0, atTypeArray: [type] }];
}

/** The list: the pinned ones, then the others, each newest first; between equal times by id, so that it never flickers. */
export class ConversationBook {
  #byID = new Map<string, Conversation>();
  #sorted: Conversation[] | undefined;

  /** R-H6: the result overwrites the previous list. */
  replace(views: readonly ConversationView[]): void {
    this.#byID = new Map(views.map((view) => [view.conversationID, conversationFrom(view)]));
    this.#sorted = undefined;
  }

  change(views: readonly ConversationView[], removedIDs: readonly string[]): void {
    for (const view of views) this.#byID.set(view.conversationID, conversationFrom(view));
    for (const id of removedIDs) this.#byID.delete(id);
    this.#sorted = undefined;
  }

  /** Puts a changed profile into its conversations; says whether there were any. */
  takeProfiles(profiles: readonly Profile[]): boolean {
    const byUser = new Map(profiles.map((profile) => [profile.userID, profile]));
    let changed = false;
    for (const [id, conversation] of this.#byID) {
      const profile = conversation.userProfile && byUser.get(conversation.userProfile.userID);
      if (profile === undefined) continue;
      this.#byID.set(id, { ...conversation, userProfile: profile });
      changed = true;
    }
    if (changed) this.#sorted = undefined;
    return changed;
  }

  get(id: string): Conversation | undefined {
    return this.#byID.get(id);
  }

  list(): Conversation[] {
    this.#sorted ??= [...this.#byID.values()].sort(
      (a, b) =>
        Number(b.isPinned) - Number(a.isPinned) ||
        b.sortTime - a.sortTime ||
        (a.conversationID < b.conversationID ? -1 : 1),
    );
    return this.#sorted;
  }

  clear(): void {
    this.#byID.clear();
    this.#sorted = undefined;
  }
}
